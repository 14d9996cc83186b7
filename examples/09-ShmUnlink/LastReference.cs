// J1 的后一半：描述符和映射都是引用，只剩哪一个，对象都还在；最后一个没有了，内存才归还。
using System.Globalization;
using Examples;
using Posix;
using static Examples.Failure;
using static Examples.Observation;
using static Posix.Libc;

internal static unsafe class LastReference
{
    /// <summary>够大，在整台机器的 Shmem 里看得出来；又够小，容器里 64 MiB 的 /dev/shm 也放得下。</summary>
    private const int Size = 16 << 20;

    public static int Show(string name)
    {
        // Shmem 是整台机器的，别的程序可能恰好在那一刻占用内存，抵消了减少，所以多试几次。
        long descriptorAlone, freed;
        int kept, attempts = 5;
        byte value = (byte)Random.Shared.Next(1, 256);
        do
        {
            int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
            if (fd == -1) return Fail(errno, $"shm_open(\"{name}\", O_RDWR | O_CREAT | O_EXCL, 0600)");
            if (shm_unlink(name) == -1) return Fail(errno, $"shm_unlink(\"{name}\")");
            Errno error = posix_fallocate(fd, 0, Size);
            if (error != 0) return Fail(error, $"posix_fallocate({fd}, 0, {Size})", (ENOSPC, "/dev/shm 不够 16 MiB：用 df -h /dev/shm 查看，删掉不用的对象。"));

            void* memPtr = mmap(null, Size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
            if (memPtr == MAP_FAILED) return Fail(errno, $"mmap(null, {Size}, PROT_READ | PROT_WRITE, MAP_SHARED, {fd}, 0)");
            memset(memPtr, value, Size);
            munmap(memPtr, Size);
            if (fstat(fd, out stat_t st) == -1) return Fail(errno, $"fstat({fd})");
            descriptorAlone = st.st_blocks / 2;

            memPtr = mmap(null, Size, PROT_READ, MAP_SHARED, fd, 0);
            if (memPtr == MAP_FAILED) return Fail(errno, $"mmap(null, {Size}, PROT_READ, MAP_SHARED, {fd}, 0)");
            close(fd);
            kept = new ReadOnlySpan<byte>(memPtr, Size).Count(value);

            freed = ShmemKiB();
            munmap(memPtr, Size);
            freed -= ShmemKiB();
        }
        while (freed < Size / 2048 && --attempts > 0);

        Observe("J1", "删掉名字，解除映射，只剩描述符：对象占用的 KiB", Size / 1024, descriptorAlone);
        Observe("J1", "再映射，关掉描述符，只剩映射：里面仍是先前所存的字节，个数", Size, kept);

        // 别的程序也在增减 Shmem，减少一半就算数。
        string what = $"解除映射，最后一个引用没有了：/proc/meminfo 的 Shmem 减少的 KiB（对象 {Size / 1024}）";
        Observe("J1", what, $"至少 {Size / 2048}", $"{freed}", freed >= Size / 2048);
        return ExitCode;
    }

    private static long ShmemKiB() =>
        long.Parse(File.ReadLines("/proc/meminfo").First(line => line.StartsWith("Shmem:", StringComparison.Ordinal))[6..^3], CultureInfo.InvariantCulture);
}
