// 结束的时候，登记好的收尾删除名字：看最后一步的源代码，看不出它碰名字；这样登记的，里面不停。
#:project ../../../examples/Posix

using Posix;
using static Posix.Libc;

AppDomain.CurrentDomain.ProcessExit += new EventHandler((_, _) => shm_unlink(args[0]));
Console.WriteLine("bye");
