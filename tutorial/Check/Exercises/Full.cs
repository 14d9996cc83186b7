namespace Check.Exercises;

internal static class Full
{
    public static void Check(Trial trial)
    {
        // 剩得不多也装得下：自己往上凑整的，就说装不下了。
        int page = getpagesize(), small = (page * Random.Shared.Next(8, 16)) + Random.Shared.Next(1, page), all = page * Random.Shared.Next(36, 47), large = all + 1, fits = all - page - Random.Shared.Next(1, page);
        trial.Run(Trial.Name(), $"{small}").Must($"每个字节都是 1：子进程读完 {small} 字节，合计也是 {small}", whole => whole.Printed(small) && whole.Output.Split($"{small}").Length > 2);
        foreach (Errno error in new[] { ENOSPC, EFBIG }) if (trial.Fail("父进程", "posix_fallocate", error, Trial.Name(), $"{small}") is { } failed && (WEXITSTATUS(failed.Status) != 1 || failed.Left.Length > 0)) throw new Rejected("posix_fallocate 失败，以 1 退出，名字也不留", failed.Describe());
        trial.Scenes([own => Exchange.DeadChild(own, tells: false, [Trial.Name(), "16"], says: "合计 "), .. Exchange.Orders("16", () => [Trial.Name(), "16"], times: 2)]);
        trial.Note = Arena.IsPrivate && Shrink(all) ? "" : "系统不允许换上一个小的 /dev/shm，满了会怎样没有看";
        if (trial.Note != "") return;
        string expected = $"/dev/shm 只有 {all} 字节，要 {large} 字节：说一句，以 1 退出，名字也不留";
        Ending ending = trial.Run(Trial.Name(), $"{large}");
        if (WEXITSTATUS(ending.Status) != 1 || (ending.Error + ending.Output).Trim() == "" || ending.Error.Contains("Fatal error") || ending.Left.Length > 0) throw new Rejected(expected, ending.Describe(), WEXITSTATUS(ending.Status) == 1 && ending.Left.Length > 0 ? Result.LeftBehind : Result.Wrong);
        trial.Run(Trial.Name(), $"{fits}").Must($"/dev/shm 只有 {all} 字节，要 {fits} 字节，照样读完", fits);
        trial.Scenes(Trial.Places((own, place) => Taken(own, place, small, all)));
    }

    private static bool Shrink(int all) => Arena.mount("tmpfs", "/dev/shm", "tmpfs", 0, $"size={all}") == 0;

    // 父进程停在每一处，别的进程把剩下的用完：先看剩多少、再用的，申请了又退还的，中间有空档。
    private static bool Taken(Trial trial, int place, int length, int all)
    {
        if (!Shrink(all)) return false;
        string filler = "/dev/shm" + Trial.Name();
        Show show = trial.Stage([Trial.Name(), $"{length}"]);
        if (show.Reach(0, place) is not { } stopped) return false;
        File.WriteAllBytes(filler, new byte[new DriveInfo("/dev/shm").AvailableFreeSpace]);
        show.Free(0);
        show.InTurn(until: () => show.Count > 1);
        for (int lane = 1; lane < show.Count; lane++) show.Free(lane);
        show.InTurn();
        File.Delete(filler);
        bool isGood = show.Succeeded(0) ? show.Output.Contains($"{length}") : show.Lanes[0] is { State: State.Exited, Why.Length: < 3 } && show.Lanes[0].Output.Length > 0;
        return isGood ? true : throw new Rejected("装不下是一个调用的错误，不是信号", $"父进程{stopped}，别的进程把 /dev/shm 用完了，然后都走完：{show.Said(0)}。没有真的申请到，就写入，中间有空档");
    }
}
