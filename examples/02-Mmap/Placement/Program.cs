// 映射放在哪里，映射对象的哪一段。对应文章「mmap 映射内存」的 start、len、offset、MAP_FIXED、MAP_ANON。
//
//     dotnet run --project examples/02-Mmap/Placement
//
// 对象长一页半，第一页每个字节都是 a，之后都是 b：a、b 是每次运行随机选的数。
using Examples;
using static Examples.Observation;
using static Posix.Libc;

const int ChildFd = 3;

unsafe
{
    nuint page = (nuint)getpagesize();
    if (args is ["child", string at] && was_spawned) return ReadOneByte(nuint.Parse(at, null), 2 * page);
    if (args.Length > 0) errx(2, "用法：Placement（没有参数；子进程由它自己启动）");

    // 先写满两页，再截去半页：末页余下的半页若读出 0，不会是因为从来没有写过。
    byte a = (byte)Random.Shared.Next(1, 128), b = (byte)Random.Shared.Next(128, 256);
    int fd = Must(memfd_create("placement", MFD_CLOEXEC)), half = (int)page / 2;
    byte* content = stackalloc byte[2 * (int)page];
    memset(content, a, page);
    memset(content + page, b, page);
    Must(pwrite(fd, content, 2 * page, 0));
    Must(ftruncate(fd, 3 * half));

    // start：NULL 由内核选；没有 MAP_FIXED，别的值只是建议，那里已有映射，内核就另选地址，不动原来的。
    byte* first = (byte*)Must(mmap(null, page, PROT_READ, MAP_SHARED, fd, 0));
    byte* second = (byte*)Must(mmap(null, page, PROT_READ, MAP_SHARED, fd, 0));
    string two = Is($"0x{(nint)first:x} 和 0x{(nint)second:x}", "两个不同的地址", first != second && first != null);
    Observe("C1", $"start 是 NULL，映射两次：内核选了 {two}");
    byte* tail = (byte*)Must(mmap(first, page, PROT_READ, MAP_SHARED, fd, (long)page));
    string chosen = Is(tail == first ? "照办" : "另选地址", "另选地址");
    Observe("C1", $"start 是已有映射的地址：内核{chosen}，原处仍是 {Is(*first, a)}");

    // 解除一处映射，就有了空着的地址。建议怎样用，POSIX 让实现自己定，所以只报告。
    Must(munmap(second, page));
    byte* hint = second + 1, third = (byte*)Must(mmap(hint, page, PROT_READ, MAP_SHARED, fd, 0));
    Observe("C1", $"start 是空着的 0x{(nint)hint:x}，没有对齐页：得到 0x{(nint)third:x}（POSIX 没有规定）");

    // MAP_FIXED：放在一个两页的映射的第一页上。内核照办，没有任何提示，所以不建议使用。
    byte* start = (byte*)Must(mmap(null, 2 * page, PROT_READ, MAP_SHARED, fd, 0)), rest = start + page;
    byte before = *start, inObject;
    void* same = Must(mmap(start, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    Must(pread(fd, &inObject, 1, 0));
    string replaced = $"{Is(same == start ? "照办" : "另选地址", "照办")}，{Is(before, a)} 变成 {Is(*start, 0)}";
    Observe("C6", $"MAP_FIXED，start 是已有映射的地址：{replaced}；对象里仍是 {Is(inObject, a)}");
    void* none = mmap(rest, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    Observe("C6", $"换成 MAP_FIXED_NOREPLACE：{Is(Outcome(none), "EEXIST")}，原处仍是 {Is(*rest, b)}");

    // len 从 offset 算起，上面的 tail 映射了对象的第二页。对象到这一页的一半为止，再往后一页什么也没有。
    string empty = Is(Outcome(mmap(null, 0, PROT_READ, MAP_SHARED, fd, 0)), "EINVAL");
    string inside = Is(Outcome(mmap(null, page, PROT_READ, MAP_SHARED, fd, 1)), "EINVAL");
    Observe("C2", $"len 是 0：{empty}；offset 是 1，不是页大小的整数倍：{inside}");
    int zeros = new ReadOnlySpan<byte>(tail + half, half).Count((byte)0);
    Observe("C2", $"offset 是 {page}（一页）：读到 {Is(*tail, b)}；对象结尾之后，同一页里有 {Is(zeros, half)} 个 0");
    string last = Is(ChildProcess.Run(["child", $"{page - 1}"], (fd, ChildFd)), "退出码 0");
    string behind = Is(ChildProcess.Run(["child", $"{page}"], (fd, ChildFd)), "SIGBUS");
    Observe("C2", $"子进程读这一页的最后一个字节：{last}；再往后一个字节，已是下一页：{behind}");

    // MAP_ANONYMOUS 即 MAP_ANON，POSIX.1-2024 收进了两者。BSD 要求 fd 是 -1；Linux 不看它，给对象的描述符也一样。
    byte* anonymous = (byte*)Must(mmap(null, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, fd, 0));
    string fresh = Is(*anonymous, 0);
    *anonymous = b;
    Must(pread(fd, &inObject, 1, 0));
    Observe("C7", $"MAP_ANONYMOUS，fd 是对象的描述符：读到 {fresh}，写入 {b} 之后对象里仍是 {Is(inObject, a)}");
    Must(munmap(first, page));
    Must(munmap(third, page));
    Must(munmap(start, 2 * page));
    Must(munmap(tail, page));
    Must(munmap(anonymous, page));
    Must(close(fd));
    return ExitCode;
}

// 子进程：映射对象的第二页和它后面一页，读其中一个字节，以它退出。
static unsafe int ReadOneByte(nuint at, nuint len)
{
    byte* start = (byte*)Must(mmap(null, len, PROT_READ, MAP_SHARED, ChildFd, (long)len / 2));
    byte value;
    memcpy(&value, start + at, 1);
    return value;
}
