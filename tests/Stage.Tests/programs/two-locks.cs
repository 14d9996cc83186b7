#:project ../../../examples/Posix

// 要两个信号量；参数是先要哪一个，后要哪一个。次序相反就会互相等。
using Posix;
using static Posix.Libc;

unsafe
{
    sem_t* first = sem_open(args[0] + args[1], O_CREAT, S_IRUSR | S_IWUSR, 1);
    sem_t* second = sem_open(args[0] + args[2], O_CREAT, S_IRUSR | S_IWUSR, 1);
    sem_wait(first);
    sem_wait(second);
    Console.WriteLine("both");
    sem_post(second);
    sem_post(first);
}
