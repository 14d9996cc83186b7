#:project ../../examples/Posix

// 解答 16 · /dev/shm 满了
// ftruncate 只改大小，内存到第一次写入才分配；那时分不到，没有哪个调用可以报错，只剩 SIGBUS。
// posix_fallocate 现在就申请，申请不到返回 ENOSPC。它直接返回错误编号，不设 errno；Must 也识别。
//     dotnet run tutorial/solutions/16-full.cs [名字 字节数]
using static Posix.Libc;

return args switch
{
    [] => Parent($"/{Environment.UserName}-16", 65536),
    ["child", var name] => Child(name),
    [var name, var text] when int.TryParse(text, out int length) => Parent(name, length),
    _ => errx(2, "用法：16-full.cs [名字 字节数]（名字形如 /abc）"),
};

static unsafe int Parent(string name, int length)
{
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name);
    AppDomain.CurrentDomain.ProcessExit += (_, _) => shm_unlink(name);
    Must(posix_fallocate(fd, 0, length), length);
    byte* memory = (byte*)Must(mmap(null, (nuint)length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    new Span<byte>(memory, length).Fill(1);

    Must(spawn_self(out int pid, ["child", name]));
    Must(waitpid(pid, out int status, 0));
    return status == 0 ? 0 : 1;
}

static unsafe int Child(string name)
{
    int fd = Must(shm_open(name, O_RDONLY, 0), name);
    Must(fstat(fd, out var st));
    byte* memory = (byte*)Must(mmap(null, (nuint)st.st_size, PROT_READ, MAP_SHARED, fd, 0));
    long sum = 0;
    for (long i = 0; i < st.st_size; i++) sum += memory[i];
    Console.WriteLine($"子进程：读完 {st.st_size} 字节，合计 {sum}");
    return 0;
}
