#:project ../../examples/Posix

// 不停地打印。
while (true) Console.WriteLine("MARK");
