#:project ../../../examples/Posix

// 两条语句碰信号量，一条结束进程。
using Posix;
using static Posix.Libc;

unsafe
{
    sem_t* sem = sem_open(args[0] + "_sem", O_CREAT, S_IRUSR | S_IWUSR, 0);
    sem_post(sem);
    Console.WriteLine("end");
}
