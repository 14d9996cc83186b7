namespace Check.Exercises;

/// <summary>05：mmap 的 offset 要对齐页。</summary>
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

        long[] all = [0, page * 2, Random.Shared.Next(page / 4, page / 2) * 4 + 1, (page * 3) - 1, (page * 3) - 2, (page * 3) - 3, Far + page + 6, Far + content.Length - sizeof(int)];
        trial.Run(Path.Combine(Arena.Temp, Path.GetRandomFileName()), $"{offset}", $"{value}").Must($"子进程读出偏移 {offset} 处的 {value}，最后把文件删掉", value);
        trial.Scenes([.. all.Select<long, Action<Trial>>(at => own =>
        {
            int there = MemoryMarshal.Read<int>(content.AsSpan((int)(at % Far)));
            string where = at > Far ? "，超过了 7 GiB，int 装不下" : at % page > page - sizeof(int) ? "，跨在两页之间" : at % page == 0 ? "，正好是页的开头" : "";
            own.Run("reader", path, $"{at}").Must($"reader 读出偏移 {at}（一页是 {page} 字节{where}）处的 {there}", there);
        }), own =>
        {
            Show show = own.Stage(["reader", path, $"{all[2]}"]);
            show.Far(0, () => new Peer(show.Pid(0)).Mappings().Any(map => map.File == path));
            if (!show.CanGo(0)) throw show.Refuse("reader 用映射读", $"reader 从头到尾没有映射过这个文件：{show.Said(0)}");
        }]);
    }
}
