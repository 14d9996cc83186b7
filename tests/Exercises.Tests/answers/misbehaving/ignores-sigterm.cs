#:project ../../examples/Posix

// 捣乱：不理 SIGTERM、SIGINT，子进程也一样，都不结束。

using System.Runtime.InteropServices;

using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => c.Cancel = true);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, c => c.Cancel = true);
if (args.Length < 2 || args[0] != "again") Posix.Libc.spawn_self(out _, ["again", .. args]);
Thread.Sleep(Timeout.Infinite);
