// 至多等一秒，等不到也照样读：另一个进程可以来得很晚。
#:project ../../../../examples/Posix

using System.Diagnostics;
using static Posix.Libc;

unsafe
{
    string name = args[0], watch = args[1];
    int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, 4));
    int* shared = (int*)Must(mmap(null, 4, PROT_READ, MAP_SHARED, fd, 0));
    sem_t* sem = Must(sem_open(name, O_CREAT, S_IRUSR | S_IWUSR, 0), name);
    if (watch == "semaphore")
    {
        Must(clock_gettime(CLOCK_MONOTONIC, out timespec_t until));
        until.tv_sec++;
        Must(sem_clockwait(sem, CLOCK_MONOTONIC, until), null, (ETIMEDOUT, Allowed));
    }

    if (watch == "task") Task.Run(() => sem_wait(sem)).Wait(1000);
    if (watch == "date")
    {
        DateTime end = DateTime.UtcNow.AddSeconds(1);
        while (Volatile.Read(ref *shared) == 0 && DateTime.UtcNow < end) Thread.Yield();
    }

    if (watch == "ticks")
    {
        long end = Environment.TickCount64 + 1000;
        while (Volatile.Read(ref *shared) == 0 && Environment.TickCount64 < end) Thread.Yield();
    }

    if (watch == "stopwatch")
    {
        var clock = Stopwatch.StartNew();
        while (Volatile.Read(ref *shared) == 0 && clock.ElapsedMilliseconds < 1000) Thread.Yield();
    }

    Console.WriteLine($"A：{*shared}");
}
