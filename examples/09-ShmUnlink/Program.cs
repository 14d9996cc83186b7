// shm_unlink：名字马上没有，对象等最后一个引用。对应文章「shm_unlink删除共享内存对象」。
//
//     dotnet run --project examples/09-ShmUnlink
//
// 父子进程都映射着一个对象，子进程删掉名字，两边的映射照样能通信；同名再创建，是另一个对象。
// 描述符和映射都是引用：只剩哪一个，对象都还在；最后一个没有了，内存才归还。
using Examples;
using Posix;
using static Examples.Observation;
using static Posix.Libc;

// 大到在全机器的 Shmem 里看得出来，小到容器里 64 MiB 的 /dev/shm 也放得下。
const int Size = 16 << 20;

if (args is ["child", var given] && was_spawned) return Child(given);
if (args.Length > 0) errx(2, "用法：ShmUnlink（没有参数）");
return Parent($"/ShmUnlink-{Random.Shared.NextInt64():x16}");

static unsafe int Parent(string name)
{
    Undo.Add(() => shm_unlink(name));
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name);
    Must(posix_fallocate(fd, 0, Size), Size);
    int* memPtr = (int*)Must(mmap(null, Size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    int value = *memPtr = Random.Shared.Next(1, int.MaxValue);
    Observe("J1", $"父进程映射着对象，maps 里的名字是 {Is(MappedName(memPtr), name)}");

    Must(spawn_self(out int pid, ["child", name]));
    Must(waitpid(pid, out int status, 0));
    string ending = Is(ChildProcess.Ending(status), "退出码 0");
    Observe("J1", $"子进程结束了（{ending}），父进程的映射还在，名字是 {Is(MappedName(memPtr), name + " (deleted)")}");
    Observe("J1", $"父进程先前写入 {value}，子进程读到它，写回取反的值，父进程读到 {Is(*memPtr, ~value)}");

    // 旧对象还有人用，所以同名创建的必是另一个对象。
    int again = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name);
    Must(fstat(fd, out stat_t old));
    Must(fstat(again, out stat_t st));
    string inode = Is(st.st_ino, $"不是 {old.st_ino}", st.st_ino != old.st_ino);
    Observe("J1", $"旧对象的 inode 是 {old.st_ino}；同名再创建，是另一个对象，inode {inode}");
    Must(close(again));

    // 先只剩描述符，凭它还能再映射；然后只剩映射；最后什么也不剩。
    Must(munmap(memPtr, Size));
    memPtr = (int*)Must(mmap(null, Size, PROT_READ, MAP_SHARED, fd, 0));
    Must(close(fd));
    Observe("J1", $"旧对象先后只剩描述符、只剩映射，内容都还在：读到 {Is(*memPtr, ~value)}");
    long before = ShmemKiB();
    Must(munmap(memPtr, Size));
    Observe("J1", $"解除映射，最后一个引用没有了：全机器的 Shmem 减少 {before - ShmemKiB()} KiB");
    return ExitCode;
}

static unsafe int Child(string name)
{
    ChildProcess.EndWithParent();
    int fd = Must(shm_open(name, O_RDWR, 0), name);
    int* memPtr = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    Must(close(fd));
    string unlinked = Is(Outcome(shm_unlink(name)), "成功"), opened = Is(Outcome(shm_open(name, O_RDWR, 0)), "ENOENT");
    Observe("J1", $"子进程也映射着它，这时 shm_unlink {unlinked}；名字马上没有了，再 shm_open 得到 {opened}");

    // 名字没有了之后才写入，所以父进程读到的只能来自映射。
    *memPtr = ~*memPtr;
    Must(munmap(memPtr, sizeof(int)));
    return ExitCode;
}

static unsafe string MappedName(void* start) => "/" + Path.GetFileName(Proc.Mapping(start));

// 全机器的数，别的程序同时在增减，所以只报告，不判断。
static long ShmemKiB() => long.Parse(File.ReadAllText("/proc/meminfo").Split("Shmem:")[1].Split("kB")[0], null);
