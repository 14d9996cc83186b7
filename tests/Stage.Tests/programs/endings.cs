#:project ../../../examples/Posix

// 各种不好的结局，由参数选一种。
using Posix;
using static Posix.Libc;

switch (args[0])
{
    case "killed":
        kill(getpid(), SIGKILL);
        break;
    case "asleep":
        Wait(args[1]);
        break;
    case "sleep":
        Thread.Sleep(Timeout.Infinite);
        break;
    case "storm":
        while (true) Must(spawn_self(out _, ["none"]));
    case "late":
        Late(args[1]);
        break;
    case "spin":
        SpinWait.SpinUntil(() => false);
        break;
}

return 3;

static unsafe void Late(string name)
{
    sem_t* sem = sem_open(name, O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 0);
    sem_unlink(name);
    Must(sem_clockwait(sem, CLOCK_MONOTONIC, default));
}

static unsafe void Wait(string name)
{
    sem_t* sem = sem_open(name, O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 0);
    sem_wait(sem);
}
