// 早到一步的接收方：先问大小，还是先等信号量。对应文章「代码简单测试实例」里接收方的次序。
//
//     dotnet run --project examples/12-AttachRace -- [fstat | sem_wait]
//
// 接收方先 fstat 是文章的次序；不给参数，两种次序各运行一遍。shm_open 之后、ftruncate 之前，对象已经能打开，
// 大小却是 0。平常这段时间很短，很难遇到；这里的创建方停在中间，等接收方走到 sem_wait 跟前，于是每次都遇到。
using Examples;
using static Examples.Observation;
using static Posix.Libc;

const int PipeFd = 3;

if (args is ["receiver", var order, var shared] && was_spawned) return Receiver(order, shared);
if (args is not ([] or ["fstat" or "sem_wait"])) errx(2, "用法：AttachRace [fstat | sem_wait]（接收方先做哪一步）");
return args is [var only] ? Creator(only) : Creator("fstat") | Creator("sem_wait");

static unsafe int Creator(string first)
{
    string name = $"/AttachRace-{Random.Shared.NextInt64():x16}", semName = name + "_sem";
    Undo.Add(() => { shm_unlink(name); sem_unlink(semName); });
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name);
    sem_t* sem = Must(sem_open(semName, O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 0), semName);

    int* pipe = stackalloc int[2];
    Must(pipe2(pipe, O_CLOEXEC));
    Must(setrlimit(RLIMIT_CORE, default));
    Must(spawn_self(out int pid, ["receiver", first, name], (pipe[1], PipeFd)));
    Must(close(pipe[1]));

    // 停在这里：对象已经在了，大小还是 0。接收方打开了它，走到 sem_wait 跟前，才往下走。
    long received = 0;
    nint arrived = Must(read(pipe[0], &received, 1));
    if (arrived == 0) errx(1, $"read(pipe[0]): 接收方没有走到 sem_wait 就结束了（{ChildProcess.Wait(pid)}）。");

    Must(ftruncate(fd, sizeof(long)));
    Must(posix_fallocate(fd, 0, sizeof(long)));
    long* memPtr = (long*)Must(mmap(null, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    long message = *memPtr = Random.Shared.NextInt64();
    Must(sem_post(sem));

    string told = Must(read(pipe[0], &received, sizeof(long))) == 0 ? "什么也没有" : $"{received}";
    string ending = ChildProcess.Wait(pid);
    string wrote = $"创建方写入 {message}，sem_post";
    if (first == "fstat") Observe("X5", $"{wrote}：接收方不检查 MAP_FAILED 就读，结局 {Is(ending, "SIGSEGV")}");
    else Observe("K1", $"{wrote}：接收方读到 {Is(told, $"{message}")}，结局 {Is(ending, "退出码 0")}");
    Must(munmap(memPtr, sizeof(long)));
    Must(sem_close(sem));
    Must(close(pipe[0]));
    Must(close(fd));
    Must(shm_unlink(name));
    Must(sem_unlink(semName));
    return ExitCode;
}

static unsafe int Receiver(string first, string name)
{
    ChildProcess.EndWithParent();
    int fd = Must(shm_open(name, O_RDONLY, 0), name);
    sem_t* sem = Must(sem_open(name + "_sem", 0), name + "_sem");
    byte here = 1;
    void* memPtr;
    stat_t st;

    if (first == "fstat")
    {
        Must(fstat(fd, out st));
        memPtr = mmap(null, (nuint)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
        string mapped = $"fstat 问到 {Is(st.st_size, 0)} 字节，mmap {Is(Outcome(memPtr), "EINVAL")}";
        Observe("X5", $"接收方先 fstat，在创建方 shm_open 之后、ftruncate 之前：{mapped}");
        Must(write(PipeFd, &here, 1));
        Must(sem_wait(sem));
    }
    else
    {
        Must(write(PipeFd, &here, 1));
        Must(sem_wait(sem));
        Must(fstat(fd, out st));
        memPtr = mmap(null, (nuint)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
        string mapped = $"fstat 问到 {Is(st.st_size, sizeof(long))} 字节，mmap {Is(Outcome(memPtr), "成功")}";
        Observe("X5", $"接收方先 sem_wait，等到了再问：{mapped}");
    }

    // 文章没有检查 MAP_FAILED：信号量等到了，读的却是地址 -1。
    long message;
    memcpy(&message, memPtr, sizeof(long));
    Must(write(PipeFd, &message, sizeof(long)));
    return ExitCode;
}
