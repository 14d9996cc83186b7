// 结束的时候，登记好的收尾删除名字：看最后一步的源代码，看不出它碰名字。
#:project ../../../examples/Posix

using Posix;
using static Posix.Libc;

AppDomain.CurrentDomain.ProcessExit += (_, _) => shm_unlink(args[0]);
Console.WriteLine("bye");
