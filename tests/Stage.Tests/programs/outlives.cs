#:project ../../../examples/Posix

// Main 返回的时候，前台线程还在做事；运行时等它，退出码由它定。
new Thread(() =>
{
    // 不是等谁：做得久一些，不等它的就露出来。
    Thread.Sleep(200);
    Console.WriteLine("last");
    Environment.ExitCode = 6;
}).Start();
