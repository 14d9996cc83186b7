#:project ../../examples/Posix

// 捣乱：不停地打印。

while (true) Console.WriteLine("还有");
