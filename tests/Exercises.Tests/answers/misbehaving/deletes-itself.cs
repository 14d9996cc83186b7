#:project ../../examples/Posix

// 捣乱：删掉自己的程序和所在的目录。

Directory.Delete(AppContext.BaseDirectory, recursive: true);
return 0;
