#:project ../../examples/Posix

// 捣乱：一直睡，不结束。

Thread.Sleep(Timeout.Infinite);
