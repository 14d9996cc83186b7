#:project ../../examples/Posix

// 捣乱：关掉标准输出和标准错误，再打印。
using Posix;
using static Posix.Libc;

close(1);
close(2);
Console.WriteLine("谁也看不到");
return 0;
