using static Posix.Libc;

namespace Examples;

/// <summary>找一个真正在磁盘文件系统上的目录；/tmp 可能是 tmpfs，不能想当然。</summary>
internal static class DiskFolder
{
    private const long RamfsMagic = 0x858458F6;

    /// <summary>依次看 /var/tmp、临时目录、个人目录和当前目录。</summary>
    /// <returns>第一个可写、不在 tmpfs 上的目录；一个也没有时为 null。</returns>
    public static string? Find()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string[] folders = ["/var/tmp", Path.GetTempPath(), home, "."];
        return folders.FirstOrDefault(IsWritableDisk);
    }

    private static bool IsWritableDisk(string folder)
    {
        // O_TMPFILE 创建一个没有名字的文件，只为确认能写；不支持它的文件系统也不适合这里的观察。
        int fd = folder == "" ? -1 : open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (fd == -1) return false;
        bool disk = fstatfs(fd, out statfs_t fs) == 0 && fs.f_type is not (TMPFS_MAGIC or RamfsMagic);
        close(fd);
        return disk;
    }
}
