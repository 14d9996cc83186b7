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
    string missing = Opened(shm_open(name, O_RDWR, 0), out _);
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, mode));
    Must(fstat(fd, out stat_t made));
    string absent = Is(missing, "ENOENT");
    Observe("I1", $"名字不存在：O_RDWR 得到 {absent}；O_CREAT | O_EXCL 创建它，大小是 {Is(made.st_size, 0)}");

    Must(ftruncate(fd, Size));
    string exists = Is(Opened(shm_open(name, O_RDWR | O_CREAT | O_EXCL, mode), out _), "EEXIST");
    Opened(Must(shm_open(name, O_RDWR | O_CREAT, mode)), out stat_t st);
    string inode = Is(st.st_ino, made.st_ino), size = Is(st.st_size, Size);
    Observe("I3", $"名字已存在：O_CREAT | O_EXCL 得到 {exists}；O_CREAT 打开原来的，inode 还是 {inode}，大小 {size}");

    // I2：O_RDONLY 与 O_RDWR 取一，它决定以后能创建怎样的映射。
    int readOnly = Must(shm_open(name, O_RDONLY, 0));
    byte* memPtr = (byte*)Must(mmap(null, Size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    byte* view = (byte*)Must(mmap(null, Size, PROT_READ, MAP_SHARED, readOnly, 0));
    byte value = *memPtr = (byte)Random.Shared.Next(1, 256);
    string read = Is(*view, value);
    string denied = Is(Outcome(mmap(null, Size, PROT_READ | PROT_WRITE, MAP_SHARED, readOnly, 0)), "EACCES");
    Observe("I2", $"O_RDWR 的映射写入 {value}；O_RDONLY 的描述符，只读的映射读到 {read}，可写的得到 {denied}");
    byte* copy = (byte*)Must(mmap(null, Size, PROT_READ | PROT_WRITE, MAP_PRIVATE, readOnly, 0));
    *copy = (byte)~value;
    Observe("I2", $"同一个描述符，可写的 MAP_PRIVATE：副本写入 {*copy}，对象里仍是 {Is(*view, value)}");

    // POSIX 不允许只给 O_WRONLY；Linux 会打开，可是映射总要能读，打开了也没有用。
    int writeOnly = Must(shm_open(name, O_WRONLY, 0));
    string useless = Outcome(mmap(null, Size, PROT_WRITE, MAP_SHARED, writeOnly, 0));
    Observe("I2", $"O_WRONLY 的描述符：只写的 MAP_SHARED 得到 {useless}");

    // I3：O_TRUNC 清空对象；别人若还映射着它，再访问那些页就是 SIGBUS。
    Opened(Must(shm_open(name, O_RDWR | O_TRUNC, 0)), out st);
    Observe("I3", $"名字已存在：O_TRUNC 打开原来的，大小截成 {Is(st.st_size, 0)}");
    Must(munmap(memPtr, Size));
    Must(munmap(view, Size));
    Must(munmap(copy, Size));
    foreach (int open in (int[])[fd, readOnly, writeOnly]) Must(close(open));

    // I4：mode 要去掉 umask 里的位。文章的 0666 在常见的 umask 022 之下其实是 0644。
    string none = Is(Created(name, 0), "0666"), usual = Is(Created(name, S_IWGRP | S_IWOTH), "0644");
    string strict = Is(Created(name, S_IRWXG | S_IRWXO), "0600");
    Observe("I4", $"创建时 mode 给 0666：umask 0 得到 {none}，umask 022 得到 {usual}，umask 077 得到 {strict}");
    Opened(Must(shm_open(name, O_RDWR, 0)), out st);
    Observe("I4", $"打开已有的，mode 给 0：权限仍是 {Is(Octal(st.st_mode), "0600")}");

    // I1：开头的斜杠可以省去，那是 glibc 的做法。长度数的是 UTF-8 字节，不算斜杠：24 加 77 个汉字，255。
    Opened(Must(shm_open(name[1..], O_RDWR, 0)), out stat_t bare);
    Observe("I1", $"名字省去开头的斜杠：打开的是同一个对象，inode {Is(bare.st_ino, st.st_ino)}");
    string longest = name + new string('长', 77), tooLong = longest + "x";
    Undo.Add(() => shm_unlink(longest));
    string slash = Is(Opened(shm_open(name + "/a", O_RDWR | O_CREAT, mode), out _), "EINVAL");
    string empty = Is(Opened(shm_open("/", O_RDWR | O_CREAT, mode), out _), "EINVAL");
    string most = Is(Opened(shm_open(longest, O_RDWR | O_CREAT, mode), out _), "成功");
    string more = Is(Opened(shm_open(tooLong, O_RDWR | O_CREAT, mode), out _), "ENAMETOOLONG");
    Observe("I1", $"中间有斜杠的名字得到 {slash}，只有斜杠得到 {empty}，255 字节{most}，256 字节得到 {more}");
    return ExitCode;
}

// 打开的结果写成一个词；打开了就看它的元数据，再关掉。
static string Opened(int fd, out stat_t st)
{
    string outcome = Outcome(fd);
    st = default;
    if (fd == -1) return outcome;
    Must(fstat(fd, out st));
    Must(close(fd));
    return outcome;
}

// 在给定的 umask 之下重新创建，看权限成了多少。
static string Created(string name, Mode mask)
{
    Must(shm_unlink(name));
    umask(mask);
    Mode everyone = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;
    Opened(Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, everyone)), out stat_t st);
    return Octal(st.st_mode);
}

// 权限位写成八进制，例如 0644。
static string Octal(Mode mode) => "0" + Convert.ToString((uint)mode & 0x1FF, 8).PadLeft(3, '0');
