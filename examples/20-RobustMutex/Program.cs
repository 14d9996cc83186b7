// 持有锁的进程死了，等锁的怎么办：互斥锁、信号量、flock 各一次。
//
//     dotnet run --project examples/20-RobustMutex -- [次数]
//
// 两个账户之间转账，先从一边减，再往另一边加，合计不变。子进程减了还没有加，死于 SIGKILL，锁还在它手里。
// 给了次数，就只看父子同时各转这么多次：从外面杀死哪一个，另一个都修好账，转完。
using Examples;
using static Examples.Observation;
using static Posix.Libc;

unsafe
{
    if (args is ["half", var way, var part] && was_spawned) return Half(Map(3), way, int.Parse(part));
    if (args is ["move", var count] && was_spawned) return Move(Map(3), int.Parse(count));
    int times = args is [] ? 10_000 : args is [var n] && int.TryParse(n, out int i) && i > 0 ? i : 0;
    if (times == 0) errx(2, "用法：RobustMutex [次数]（父子同时各转账多少次）");
    int fd = Must(memfd_create("bank", MFD_CLOEXEC));
    Must(ftruncate(fd, sizeof(Bank)));
    Bank* bank = Map(fd);
    bank->From = bank->Total = Random.Shared.Next(100_000, 1_000_000);
    Must(sem_init((sem_t*)bank->Semaphore, 1, 1));

    // 两种属性都要设置：别的进程也用它；持有它的进程死了，通知下一个。
    pthread_mutexattr_t shares;
    Must(pthread_mutexattr_init(&shares));
    Must(pthread_mutexattr_setpshared(&shares, PTHREAD_PROCESS_SHARED));
    Must(pthread_mutexattr_setrobust(&shares, PTHREAD_MUTEX_ROBUST));
    Must(pthread_mutex_init(&bank->Mutex, &shares));
    if (args is [])
    {
        int amount = Random.Shared.Next(1, 1000);
        string dead = Is(ChildProcess.Run(["half", "mutex", $"{amount}"], (fd, 3)), "SIGKILL");
        string seen = Is(Outcome(pthread_mutex_lock(&bank->Mutex)), "EOWNERDEAD");
        Observe("R1", $"持有互斥锁的进程死于 {dead}：下一个 lock 得到 {seen}，账上少了 {Is(bank->Missing, amount)}");
        bank->To = bank->Total - bank->From;
        Must(pthread_mutex_consistent(&bank->Mutex));
        Must(pthread_mutex_unlock(&bank->Mutex));
        seen = Is(Outcome(pthread_mutex_lock(&bank->Mutex)), "成功");
        Observe("R2", $"修好账，pthread_mutex_consistent，解锁；再 lock，{seen}，账上少了 {Is(bank->Missing, 0)}");
        Must(pthread_mutex_unlock(&bank->Mutex));

        // 时限按单调的钟算。sem_timedwait 用墙上的钟：等的时候有人拨了它，等多久就说不准了。
        dead = Is(ChildProcess.Run(["half", "semaphore", $"{amount}"], (fd, 3)), "SIGKILL");
        Must(clock_gettime(CLOCK_MONOTONIC, out timespec_t until));
        until.tv_sec++;
        seen = Is(Outcome(sem_clockwait((sem_t*)bank->Semaphore, CLOCK_MONOTONIC, until)), "ETIMEDOUT");
        Observe("R3", $"持有信号量的进程死于 {dead}：sem_clockwait 等了 1 秒，{seen}，没有人还会 post");
        bank->To += amount;
        dead = Is(ChildProcess.Run(["half", "flock", $"{amount}"], (fd, 3)), "SIGKILL");
        seen = Is(Outcome(flock(fd, LOCK_EX | LOCK_NB)), "成功");
        Observe("R4", $"持有 flock 的进程死于 {dead}：内核放开；再拿{seen}，可是账上少了 {Is(bank->Missing, amount)}");
        bank->To += amount;
    }
    Must(spawn_self(out int pid, ["move", $"{times}"], (fd, 3)));
    Undo.Add(() => kill(pid, SIGKILL));
    Move(bank, times);
    string ending = ChildProcess.Wait(pid);
    Undo.Commit();
    Move(bank, 1); // 子进程若最后死在半路，这一次修好它
    Observe("R5", $"父子同时各转 {times} 次：子进程{ending}，账上少了 {Is(bank->Missing, 0)}");
    return ExitCode;
}

static unsafe int Half(Bank* bank, string way, int amount)
{
    if (way == "mutex") Must(pthread_mutex_lock(&bank->Mutex));
    if (way == "semaphore") Must(sem_wait((sem_t*)bank->Semaphore));
    if (way == "flock") Must(flock(Must(open("/proc/self/fd/3", O_RDWR)), LOCK_EX)); // 锁属于一次打开，所以自己打开一次
    bank->From -= amount;
    return Must(kill(getpid(), SIGKILL));
}

static unsafe int Move(Bank* bank, int times)
{
    while (times-- > 0)
    {
        if (Must(pthread_mutex_lock(&bank->Mutex), a: (EOWNERDEAD, Allowed)) == EOWNERDEAD)
        {
            // 修到一半也被杀了，下一个仍然得到 EOWNERDEAD，从头再修。
            bank->To = bank->Total - bank->From;
            Must(pthread_mutex_consistent(&bank->Mutex));
        }
        int amount = Random.Shared.Next(1, 1000);
        bank->From -= amount;
        bank->To += amount;
        Must(pthread_mutex_unlock(&bank->Mutex));
    }
    return 0;
}

static unsafe Bank* Map(int fd) =>
    (Bank*)Must(mmap(null, (nuint)sizeof(Bank), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));

internal unsafe struct Bank
{
    public pthread_mutex_t Mutex;
    public fixed byte Semaphore[64]; // 信号量，内容不公开
    public long Total, From, To;
    public readonly long Missing => Total - From - To;
}
