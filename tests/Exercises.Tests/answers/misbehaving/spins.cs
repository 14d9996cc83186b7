#:project ../../examples/Posix

// 捣乱：一直转，占满 CPU，不结束。

while (true) Thread.SpinWait(1000);
