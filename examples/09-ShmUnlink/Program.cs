// shm_unlink：名字马上没有，对象等最后一个引用。对应文章「shm_unlink删除共享内存对象」。
//
//     dotnet run --project examples/09-ShmUnlink
//
// 父子进程都映射着一个对象，子进程删掉名字，两边的映射照样通；同名再创建，是另一个对象。
// 描述符和映射都是引用：只剩哪一个，对象都还在；最后一个没有了，内存才归还。
using Examples;
using Posix;
using static Examples.Observation;
using static Posix.Libc;

return args switch
{
    [] => Parent($"/ShmUnlink-{Random.Shared.NextInt64():x16}"),
    ["child", string name] when was_spawned => Child(name),
    _ => errx(2, "用法：ShmUnlink（没有参数；子进程由它自己启动）"),
};

static unsafe int Parent(string name)
{
    Undo.Add(() => shm_unlink(name));
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR));
    Must(fstat(fd, out stat_t first));
    Must(ftruncate(fd, sizeof(int)));
    int* memPtr = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    int value = *memPtr = Random.Shared.Next(1, int.MaxValue);
    Observe("J1", $"父进程映射着对象，maps 里的名字是 {Is(MappedName(memPtr), name)}");

    Must(spawn_self(out int pid, ["child", name]));
    Must(waitpid(pid, out int status, 0));
    string ending = Is(ChildProcess.Ending(status), "退出码 0");
    Observe("J1", $"子进程结束了（{ending}），父进程的映射还在，名字是 {Is(MappedName(memPtr), name + " (deleted)")}");
    Observe("J1", $"父进程先前写入 {value}，子进程读到它，写回取反的值，父进程读到 {Is(*memPtr, ~value)}");

    // 旧对象还有人用，所以同名创建的必是另一个对象。
    int again = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR));
    Must(fstat(again, out stat_t second));
    string inode = Is(second.st_ino, $"不是 {first.st_ino}", second.st_ino != first.st_ino);
    Observe("J1", $"旧对象的 inode 是 {first.st_ino}；同名再创建，是另一个对象，inode {inode}");
    Must(shm_unlink(name));
    Must(close(again));
    Must(munmap(memPtr, sizeof(int)));
    Must(close(fd));

    LastReference(name);
    return ExitCode;
}

// 子进程凭名字打开，映射好之后把名字删掉。
static unsafe int Child(string name)
{
    ChildProcess.EndWithParent();
    int fd = Must(shm_open(name, O_RDWR, 0), name);
    int* memPtr = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    Must(close(fd));

    string unlinked = Is(Outcome(shm_unlink(name)), "成功"), opened = Is(Outcome(shm_open(name, O_RDWR, 0)), "ENOENT");
    Observe("J1", $"子进程也映射着它，这时 shm_unlink {unlinked}；名字马上没有了，再 shm_open 得到 {opened}");
    Observe("J1", $"子进程的映射还在，maps 里的名字是 {Is(MappedName(memPtr), name + " (deleted)")}");

    // 名字没有了之后才写入，所以父进程读到的只能来自映射。
    *memPtr = ~*memPtr;
    Must(munmap(memPtr, sizeof(int)));
    return ExitCode;
}

// 没有名字的对象，先只有描述符，再只有映射，最后什么也不剩。
static unsafe void LastReference(string name)
{
    // 够大，在整台机器的 Shmem 里看得出来；又够小，容器里 64 MiB 的 /dev/shm 也放得下。
    const int Size = 16 << 20, Half = Size / 2 / 1024;
    int value = Random.Shared.Next(1, int.MaxValue), kept = 0;
    long blocks = 0, freed = 0;

    // Shmem 是整台机器的，别的程序可能恰好在那一刻占用内存，抵消了减少，所以至多看五次。
    for (int i = 0; i < 5 && freed < Half; i++)
    {
        int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR));
        Must(shm_unlink(name));
        Must(posix_fallocate(fd, 0, Size), Size, (ENOSPC, "/dev/shm 不够 16 MiB：用 df -h /dev/shm 查看。"));
        Must(pwrite(fd, &value, sizeof(int), 0));
        Must(fstat(fd, out stat_t st));
        blocks = st.st_blocks / 2;

        int* memPtr = (int*)Must(mmap(null, Size, PROT_READ, MAP_SHARED, fd, 0));
        Must(close(fd));
        kept = *memPtr;

        long before = ShmemKiB();
        Must(munmap(memPtr, Size));
        freed = before - ShmemKiB();
    }

    Observe("J1", $"另一个对象删掉名字，只剩描述符：仍占着 {Is(blocks, Size / 1024)} KiB，写入 {value}");
    Observe("J1", $"映射它，关掉描述符，只剩映射：读到 {Is(kept, value)}");
    Observe("J1", $"解除映射，最后一个引用没有了：全机器的 Shmem 减少 {Is(freed, $"至少 {Half}", freed >= Half)} KiB");
}

static unsafe string MappedName(void* start) => "/" + Path.GetFileName(Proc.Mapping(start));
static long ShmemKiB() => long.Parse(File.ReadAllText("/proc/meminfo").Split("Shmem:")[1].Split("kB")[0], null);
