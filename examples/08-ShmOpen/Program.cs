// shm_open 的标志、权限与名字。对应文章「shm_open打开共享内存区」。
//
//     dotnet run --project examples/08-ShmOpen
//
// 用文章列出的 oflag 与 mode 反复打开同一个名字：谁成功、谁失败，对象的大小和权限成了多少。
using Examples;
using Posix;
using static Examples.Observation;
using static Posix.Libc;

unsafe
{
    if (args.Length > 0) errx(2, "用法：ShmOpen（没有参数）");
    const int Size = 100;
    Mode mode = S_IRUSR | S_IWUSR;
    string name = $"/ShmOpen-{Random.Shared.NextInt64():x16}";
    Undo.Add(() => shm_unlink(name));

    // I1、I3：没有 O_CREAT 只打开已有的；O_CREAT | O_EXCL 成功了，就一定是自己创建的。
    string missing = Is(Outcome(shm_open(name, O_RDWR, 0)), "ENOENT");
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, mode), name);
    stat_t made = Stat(fd);
    Observe("I1", $"名字不存在：O_RDWR 得到 {missing}；O_CREAT | O_EXCL 创建它，大小是 {Is(made.st_size, 0)}");

    Must(ftruncate(fd, Size));
    string exists = Is(Outcome(shm_open(name, O_RDWR | O_CREAT | O_EXCL, mode)), "EEXIST");
    int again = Must(shm_open(name, O_RDWR | O_CREAT, mode), name);
    string inode = Is(Stat(again).st_ino, made.st_ino), size = Is(Stat(again).st_size, Size);
    Observe("I3", $"名字已存在：O_CREAT | O_EXCL 得到 {exists}；O_CREAT 打开原来的，inode 还是 {inode}，大小 {size}");

    // I2：O_RDONLY 与 O_RDWR 取一，它决定以后能创建怎样的映射。
    int readOnly = Must(shm_open(name, O_RDONLY, 0), name);
    byte* memPtr = (byte*)Must(mmap(null, Size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    byte* view = (byte*)Must(mmap(null, Size, PROT_READ, MAP_SHARED, readOnly, 0));
    byte value = *memPtr = (byte)Random.Shared.Next(1, 256);
    string read = Is(*view, value);
    string denied = Is(Outcome(mmap(null, Size, PROT_READ | PROT_WRITE, MAP_SHARED, readOnly, 0)), "EACCES");
    Observe("I2", $"O_RDWR 的映射写入 {value}；O_RDONLY 的描述符，只读的映射读到 {read}，可写的得到 {denied}");

    // I3：O_TRUNC 清空对象；别人若还映射着它，再访问那些页就是 SIGBUS。
    int emptied = Must(shm_open(name, O_RDWR | O_TRUNC, 0), name);
    Observe("I3", $"名字已存在：O_TRUNC 打开原来的，大小截成 {Is(Stat(emptied).st_size, 0)}");
    Must(munmap(memPtr, Size));
    Must(munmap(view, Size));
    foreach (int opened in (int[])[fd, again, readOnly, emptied]) Must(close(opened));

    // I4：mode 要去掉 umask 里的位。文章的 0666 在常见的 umask 022 之下其实是 0644。
    string none = Is(Created(name, 0), "0666"), usual = Is(Created(name, S_IWGRP | S_IWOTH), "0644");
    string strict = Is(Created(name, S_IRWXG | S_IRWXO), "0600");
    Observe("I4", $"创建时 mode 给 0666：umask 0 得到 {none}，umask 022 得到 {usual}，umask 077 得到 {strict}");

    // I1：名字就是 /dev/shm 里的文件名，斜杠只能在开头，长度数的是 UTF-8 字节。
    string slash = Is(Outcome(shm_open(name + "/a", O_RDWR | O_CREAT, mode)), "EINVAL");
    string tooLong = Is(Outcome(shm_open("/" + new string('长', 86), O_RDWR | O_CREAT, mode)), "ENAMETOOLONG");
    Observe("I1", $"中间还有斜杠的名字得到 {slash}，86 个汉字、258 字节的得到 {tooLong}");
    return ExitCode;
}

// 在给定的 umask 之下重新创建，看权限成了多少，写成八进制，例如 0644。
static string Created(string name, Mode mask)
{
    Must(shm_unlink(name), name);
    umask(mask);
    Mode everyone = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, everyone), name);
    string permissions = "0" + Convert.ToString((uint)Stat(fd).st_mode & 0x1FF, 8);
    Must(close(fd));
    return permissions;
}

static stat_t Stat(int fd)
{
    Must(fstat(fd, out stat_t st));
    return st;
}
