#:project ../../examples/Posix

// 一直睡着，不结束。
Console.WriteLine("MARK");
Thread.Sleep(Timeout.Infinite);
