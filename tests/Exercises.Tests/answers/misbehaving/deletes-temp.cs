#:project ../../examples/Posix

// 捣乱：删掉临时目录，连目录本身。

Directory.Delete(Path.GetTempPath().TrimEnd('/'), recursive: true);
return 0;
