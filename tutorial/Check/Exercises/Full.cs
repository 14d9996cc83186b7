namespace Check.Exercises;

/// <summary>16：/dev/shm 满了。</summary>
internal static class Full
{
    public static void Check(Trial trial)
    {
        int page = getpagesize(), small = (page * Random.Shared.Next(8, 16)) + Random.Shared.Next(1, page), all = page * Random.Shared.Next(32, 49), large = all + 1;
        trial.Run(Trial.Name(), $"{small}").Must($"每个字节都是 1：子进程读完 {small} 字节，合计也是 {small}", whole => whole.Printed(small) && whole.Output.Split($"{small}").Length > 2);
        foreach (Errno error in new[] { ENOSPC, EFBIG }) if (trial.Fail("posix_fallocate", error, false, Trial.Name(), $"{small}") is { } failed && (WEXITSTATUS(failed.Status) != 1 || failed.Left.Length > 0)) throw new Rejected("posix_fallocate 失败，以 1 退出，名字也不留", $"检查器让 posix_fallocate 失败了一次（{strerrorname_np(error)}），{failed.Describe()}");
        if (!Arena.IsPrivate || Arena.mount("tmpfs", "/dev/shm", "tmpfs", 0, $"size={all}") != 0)
        {
            trial.Note = "系统不允许换上一个小的 /dev/shm，满了会怎样没有看";
            return;
        }

        string expected = $"/dev/shm 只有 {all} 字节，要 {large} 字节：说一句，以 1 退出，名字也不留";
        Ending ending = trial.Run(Trial.Name(), $"{large}");
        if (WIFSIGNALED(ending.Status) || WEXITSTATUS(ending.Status) != 1 || ending.Error.Trim() == "" || ending.Error.Contains("Fatal error") || ending.Left.Length > 0) throw new Rejected(expected, ending.Describe(), WEXITSTATUS(ending.Status) == 1 && ending.Left.Length > 0 ? Result.LeftBehind : Result.Wrong);
        trial.Run(Trial.Name(), $"{small}").Must($"/dev/shm 只有 {all} 字节，要 {small} 字节，照样读完", small);
        Taken(trial, small);
    }

    // 对象一有了大小，别的进程就把剩下的用完：先看剩多少、再用的，两步之间有空档。
    private static void Taken(Trial trial, int length)
    {
        string name = Trial.Name(), filler = "/dev/shm" + Trial.Name();
        Show show = trial.Stage([name, $"{length}"]);
        show.Far(0, () => File.Exists("/dev/shm" + name) && new FileInfo("/dev/shm" + name).Length >= length);
        File.WriteAllBytes(filler, new byte[new DriveInfo("/dev/shm").AvailableFreeSpace]);

        show.Free(0);
        if (show.Count > 1) show.Free(1);
        show.InTurn();
        File.Delete(filler);
        bool isGood = show.Succeeded(0) ? show.Output.Contains($"{length}") : show.Lanes[0] is { State: State.Exited, Why.Length: < 3 } && show.Printed(0, errors: true) != "";
        if (!isGood) throw show.Refuse("装不下是一个调用的错误，不是信号", $"对象有了大小，还没有写满，别的进程把 /dev/shm 用完了：{show.Said(0)}。先看剩多少、再用，两步之间有空档");
    }
}
