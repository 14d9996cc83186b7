// 登记好的收尾里停得住：做完了，名字还没有删，另一边走得到这中间。
#:project ../../../examples/Posix

using Posix;
using static Posix.Libc;

AppDomain.CurrentDomain.ProcessExit += (_, _) => shm_unlink(args[0]);
Console.WriteLine("bye");
