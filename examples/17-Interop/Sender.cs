using System.Globalization;
using System.Text;
using Examples;
using Posix;
using static Examples.Failure;
using static Posix.Libc;

/// <summary>发送方：往对象里存一个结构，然后 sem_post。</summary>
internal static unsafe class Sender
{
    private const string TooLong = "名字太长：信号量的名字（含 _sem）至多 251 字节。";

    public static int Send(string name, string place, string temperature)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(place + '\0');
        if (bytes.Length > Reading.PlaceSize || !double.TryParse(temperature, NumberStyles.Float, CultureInfo.InvariantCulture, out double celsius)) return Program.Usage();

        // 没有发成（出错、打印不出来、Ctrl+C）就不留名字，但只删自己造的。
        bool created = false, trusted = false, sent = false;
        using var cleanup = new Cleanup(() =>
        {
            if (!sent && created) shm_unlink(name);
            if (!sent && created && trusted) sem_unlink(name + "_sem");
        });

        // 先要求新建，才知道名字是不是自己造的。
        int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        created = fd != -1;
        if (!created && errno == EEXIST) fd = shm_open(name, O_RDWR, 0);
        if (fd == -1)
            return Fail(errno, $"shm_open(\"{name}\", O_RDWR | O_CREAT, 0600)", Trust.Taken(name), (EINVAL, Program.NameRule));

        // 已有的对象和信号量先看再用：别人的不写，假的信号量一碰就死于 SIGBUS。
        if (!created && !Trust.Object(fd, name)) return 1;
        sem_t* sem = sem_open(name + "_sem", O_CREAT, S_IRUSR | S_IWUSR, 0);
        if (sem == SEM_FAILED)
            return Fail(errno, $"sem_open(\"{name}_sem\", O_CREAT, 0600, 0)", Trust.Taken(name), (ENAMETOOLONG, TooLong), (EINVAL, TooLong));
        trusted = Trust.Semaphore(name + "_sem", name);
        if (!trusted) return 1;

        int exitCode = Store(fd, sem, bytes, celsius);
        sent = exitCode == 0;
        return exitCode;
    }

    private static int Store(int fd, sem_t* sem, byte[] place, double celsius)
    {
        // 上一次没人取走就收回它的 post，接收方不会读到写了一半的结构。
        while (sem_trywait(sem) == 0) { }

        if (ftruncate(fd, sizeof(Reading)) == -1) return Fail(errno, $"ftruncate({fd}, {sizeof(Reading)})");
        Errno error = posix_fallocate(fd, 0, sizeof(Reading));
        if (error != 0) return Fail(error, $"posix_fallocate({fd}, 0, {sizeof(Reading)})");
        var reading = (Reading*)mmap(null, (nuint)sizeof(Reading), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (reading == MAP_FAILED)
            return Fail(errno, $"mmap(null, {sizeof(Reading)}, PROT_READ | PROT_WRITE, MAP_SHARED, {fd}, 0)");
        close(fd);

        // 字段就在共享内存里，存下就写好了：没有序列化，对方从同样的偏移取。空着的字节也清成 0。
        new Span<byte>(reading, sizeof(Reading)).Clear();
        reading->Number = getpid();
        reading->Time = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        reading->Celsius = celsius;
        place.CopyTo(new Span<byte>(reading->Place, Reading.PlaceSize));
        reading->Valid = 1;
        Console.WriteLine($"process:{getpid()} send:{*reading}");

        if (sem_post(sem) == -1) return Fail(errno, "sem_post(sem)");
        munmap(reading, (nuint)sizeof(Reading));
        sem_close(sem);
        return 0;
    }
}
