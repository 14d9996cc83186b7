namespace Check.Exercises;

internal static class Offset
{
    // 在第 7 GiB 处：偏移若截成 int、uint，或者拿截过的来算，就读到别处去了。
    private const long Far = 7L << 30;

    public static void Check(Trial trial)
    {
        int value = Trial.Fresh(), page = getpagesize();
        long offset = page + Random.Shared.Next(1, page / 8) * 4 + 2;

        // 检查器自己写一个文件，开头几页全是随机的字节，之后是一个空洞，7 GiB 之后又是这几页；只启动读取方。
        string folder = Directory.CreateDirectory(Path.Combine(Sandbox.Programs, Path.GetRandomFileName())).FullName, path = Path.Combine(folder, "data");
        byte[] content = new byte[5 * page];
        Random.Shared.NextBytes(content);
        File.WriteAllBytes(path, content);
        using (FileStream file = new(path, FileMode.Open, FileAccess.Write)) RandomAccess.Write(file.SafeFileHandle, content, Far);

        // inotify 只报告 read 之类的调用，不报告经由映射的读。来源：inotify(7)，Limitations and caveats。
        var read = new BlockingCollection<string>();
        using var watcher = new FileSystemWatcher(folder) { NotifyFilter = NotifyFilters.LastAccess };
        watcher.Changed += (_, e) => read.Add(e.Name!);
        bool sees = true;
        try { watcher.EnableRaisingEvents = true; }
        catch (IOException) { sees = false; } // 名额用完了
        long[] all = [0, page * 2, Random.Shared.Next(page / 4, page / 2) * 4 + 1, (page * 3) - 1, (page * 3) - 2, (page * 3) - 3, Far + page + 6, Far + (page * 3) - 1, Far + content.Length - sizeof(int)];
        trial.Run(Path.Combine(Arena.Temp, Path.GetRandomFileName()), $"{offset}", $"{value}").Must($"子进程读出偏移 {offset} 处的 {value}，最后把文件删掉", value);
        trial.Scenes([.. Exchange.Orders($"{value}", () => [Path.Combine(Arena.Temp, "tmp", "data"), $"{offset}", $"{value}"]), .. all.Select<long, Action<Trial>>(at => own =>
        {
            int there = MemoryMarshal.Read<int>(content.AsSpan((int)(at % Far)));
            string where = at > Far ? "，超过了 7 GiB，int 装不下" : at % page > page - sizeof(int) ? "，跨在两页之间" : at % page == 0 ? "，正好是页的开头" : "";
            own.Run("reader", path, $"{at}").Must($"reader 读出偏移 {at}（一页是 {page} 字节{where}）处的 {there}", there);
        })]);

        // 报告按次序来：轮到检查器自己最后读的这一个，前面的就都来了。
        string last = Path.Combine(folder, "last");
        File.WriteAllText(last, ".");
        File.ReadAllText(last);
        if (!sees || !read.TryTake(out string? first, TimeSpan.FromSeconds(30))) trial.Note = "这里收不到 inotify 的报告，reader 是不是用映射读的没有看";
        else if (first != "last") throw new Rejected("reader 用映射读", "值是对的，可 reader 是用 read、pread 之类的调用读文件的，没有经过映射");
    }
}
