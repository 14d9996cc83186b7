namespace Check.Exercises;

/// <summary>20：只给行为，从头写。全在一个舞台上：名字留着是应当的，谁走到一半也停得住。</summary>
internal static class Mailbox
{
    public static void Check(Trial trial) => trial.Scenes([
        OneAfterAnother, .. from how in Enumerable.Range(0, 4) from scene in Trial.Places((own, place) => Halfway(own, place, sendFirst: how % 2 == 1, taking: how > 1)) select scene]);

    private static void OneAfterAnother(Trial trial)
    {
        (string name, string first, string second) = (Trial.Name(), $" {Trial.Text(9)}\r\n{Trial.Text(9)}\n\n", Trial.Text(70_000));
        const string Nothing = "没有可取的，receive 写一行错误，退出码 1";
        Show show = trial.Stage(["receive", name]);
        show.InTurn();
        MustFail(0, Nothing, "还没有人 send 过");
        int sender = Go("send", name, first);
        if (!show.Succeeded(sender)) throw show.Refuse("send 留下文字就结束", Said(show, sender));
        MustFail(Go("send", name, second), "上一条还没有取走，send 写一行错误，退出码 1", "上一条还没有取走");
        MustReceive(first, "之后又 send（应当不成），");
        show.LeaveNothing("send 一次成了，一次没有成，也取走了，");
        MustFail(Go("receive", name), Nothing, "唯一的一条已经取走了");
        Go("send", name, second);
        MustReceive(second, "文字多长都收得到，");

        // 没有别人在做什么，不必一步一步地走：文字很长。
        int Go(params string[] args) => show.Enter(show.Free, args);

        void MustFail(int lane, string expected, string when)
        {
            if (show.Lanes[lane] is not { State: State.Exited, Why: "1" } || show.Printed(lane, errors: true).Trim() == "") throw show.Refuse(expected, $"{when}，{Said(show, lane)}");
        }

        void MustReceive(string text, string also)
        {
            int lane = Go("receive", name);
            if (!show.Succeeded(lane) || !show.Printed(lane).Contains($"收到：{text}")) throw show.Refuse($"send「{Ending.Clean(text)}」，{also}receive 打印「收到：」和它", Said(show, lane));
        }
    }

    // send（或者收着上一条的 receive）停在一处，receive 来了，又来一个 send（或者先 send、后 receive），都走到不能再走；然后都走完，再 receive 一次：说成了的各收到一次，都是完整的。
    private static bool Halfway(Trial trial, int place, bool sendFirst, bool taking)
    {
        string name = Trial.Name();
        string[] texts = [$"{Trial.Text(9)}\n{Trial.Text(9)}", $"{Trial.Text(9)}\n{Trial.Text(9)}"];
        Show show = trial.Stage(["send", name, texts[0]], within: true);
        if (taking) show.Free(0);
        int halfway = taking ? show.Enter(null, "receive", name) : 0;
        if (show.Reach(halfway, place) is not { } stopped) return false;
        int Send() => show.Enter(lane => show.Far(lane), "send", name, texts[1]);
        int sender = sendFirst ? Send() : 0;
        show.Enter(lane => show.Far(lane), "receive", name);
        if (!sendFirst) sender = Send();
        show.InTurn();
        if (show.Left.Length > 0 || !Received().SequenceEqual(Sent())) show.Enter(show.Free, "receive", name);
        if (Sent() is [] || !Received().SequenceEqual(Sent()))
            throw show.Refuse("一个走到一半，receive 来了：收到完整的，说没有，或者等它走完；又来一个 send 也一样。说成了的，各收到一次",
                $"{(taking ? "一个 send 走完了，receive " : "send ")}{stopped}，{(sendFirst ? "又来一个 send，receive 来了" : "receive 来了，又来一个 send")}，然后都走完，再 receive 一次（按来的先后是 A 到 {(char)('A' + show.Count - 1)}）：{string.Join('；', show.Lanes.Select((_, lane) => Said(show, lane)))}{string.Concat(Sent().Except(Received()).Select(said => $"；没有完整地{Ending.Clean(said)}"))}");

        show.LeaveNothing("都取走之后，");
        return true;

        string[] Sent() => [.. texts.Where((_, i) => show.Succeeded(i == 0 ? 0 : sender)).Select(text => $"收到：{text}").Order(StringComparer.Ordinal)];
        IEnumerable<string> Received() => Enumerable.Range(1, show.Count - 1).Where(lane => lane != sender).Select(lane => show.Printed(lane).Trim()).Where(said => said != "").Order(StringComparer.Ordinal);
    }

    private static string Said(Show show, int lane) => $"{(char)('A' + lane)} {Regex.Replace(show.Said(lane), "^(父进程|子进程( .)?)", "")}";
}
