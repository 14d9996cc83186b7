// MAP_SHARED 与 MAP_PRIVATE。对应文章「mmap 映射内存」里 flags 的这两项。
//
//     dotnet run --project examples/02-Mmap/SharedVsPrivate
//
// 一个文件，两个进程，各把它映射两次：一次 MAP_SHARED，一次 MAP_PRIVATE。
// 每写入一次，就列出五处此刻的值：文件里的，父进程的两处映射，子进程的两处映射。
using Examples;
using static Examples.Observation;
using static Posix.Libc;

const int ChildFd = 3;

unsafe
{
    if (args is ["child", string toWrite] && was_spawned) return Child(int.Parse(toWrite, null));
    if (args.Length > 0) errx(2, "用法：SharedVsPrivate（没有参数；子进程由它自己启动）");

    // 百位说明来历：1 是文件原来的内容，2 是子进程写入的，3、4 是父进程写入的。
    int first = Random.Shared.Next(100, 200), second = Random.Shared.Next(200, 300);
    int third = Random.Shared.Next(300, 400), fourth = Random.Shared.Next(400, 500);

    // memfd_create：文件在内存里，没有名字，程序怎样结束都不会留下它。
    int fd = Must(memfd_create("shared-vs-private", MFD_CLOEXEC));
    Must(pwrite(fd, &first, sizeof(int), 0));
    int* shared = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    int* own = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));

    Console.WriteLine("                                   文件  父 SHARED  父 PRIVATE  子 SHARED  子 PRIVATE");
    Look("开始");
    var a = Look($"子进程经 MAP_SHARED 写入 {second}", second);

    // 写时复制：第一次写入才复制那一页，副本是进程自己的匿名内存，smaps 里记作 Anonymous。
    long before = Proc.SmapsKiB(own, "Anonymous");
    *own = third;
    long copied = Proc.SmapsKiB(own, "Anonymous");
    var b = Look($"父进程经 MAP_PRIVATE 写入 {third}");
    *shared = fourth;
    var c = Look($"父进程经 MAP_SHARED 写入 {fourth}");

    Observe("C4", $"子进程经 MAP_SHARED 写入：父进程看到 {Is(a.Shared, second)}，文件变成 {Is(a.File, second)}");
    Observe("C4", $"父进程经 MAP_SHARED 写入：子进程看到 {Is(c.ChildShared, fourth)}，文件变成 {Is(c.File, fourth)}");
    string others = $"子进程看到 {Is(b.ChildShared, second)}、{Is(b.ChildOwn, second)}，文件仍是 {Is(b.File, second)}";
    Observe("C5", $"父进程经 MAP_PRIVATE 写入：自己看到 {Is(b.Own, third)}，{others}");
    Observe("C5", $"那一刻内核复制了一页：副本从 {Is(before, 0)} 变成 {Is(copied, getpagesize() / 1024)} KiB");
    Observe("C5", $"POSIX 没有规定：父进程的 MAP_PRIVATE 在写入之前看到子进程的 {a.Own}，写入之后仍是 {c.Own}");
    Must(munmap(shared, sizeof(int)));
    Must(munmap(own, sizeof(int)));
    Must(close(fd));
    return ExitCode;

    // 五处此刻的值，打印成表格的一行。子进程每次新启动一个，write 不是 0 就先经它的 MAP_SHARED 写入。
    (int File, int Shared, int Own, int ChildShared, int ChildOwn) Look(string did, int write = 0)
    {
        Must(spawn_self(out int pid, ["child", $"{write}"], (fd, ChildFd)));
        Must(waitpid(pid, out int status, 0));
        if (status != 0) errx(1, $"waitpid({pid}): 子进程没有做完（{ChildProcess.Ending(status)}）。");
        int* inFile = stackalloc int[3];
        Must(pread(fd, inFile, 3 * sizeof(int), 0));
        Console.WriteLine($"  {Pad(did, 33)}{inFile[0],4}{*shared,11}{*own,12}{inFile[1],11}{inFile[2],12}");
        return (inFile[0], *shared, *own, inFile[1], inFile[2]);
    }
}

// 子进程：像父进程那样映射，看到的两个值接在文件的后面，不经过映射。
static unsafe int Child(int write)
{
    int* shared = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, ChildFd, 0));
    int* own = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_PRIVATE, ChildFd, 0));
    if (write != 0) *shared = write;
    int* seen = stackalloc int[] { *shared, *own };
    Must(pwrite(ChildFd, seen, 2 * sizeof(int), sizeof(int)));
    return 0;
}
