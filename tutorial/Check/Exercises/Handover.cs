namespace Check.Exercises;

/// <summary>09、10、17：发送方写好，说一声；接收方等到之后读。</summary>
/// <param name="text">怎样把一个新的内容写成参数；打印出来也是它。</param>
/// <param name="special">特别的内容：等内容变的、加上一当作标志的、当作文字末尾有 0 的，在这里错。</param>
/// <param name="named">对象有名字，是第一个参数；没有名字的，内容可以在对象里的任何地方。</param>
internal sealed class Handover(Trial trial, Func<string> text, Func<string, byte[]> bytes, string[] special, bool named = true)
{
    private Show _show = null!;
    private string _sent = "", _name = "";
    private int _receiver, _sender;
    private byte[] Content => bytes(_sent);
    private string[] Args(string name, object content) => named ? [name, $"{content}"] : [$"{content}"];

    /// <summary>09：一段文字，多长都行；正好装满几页的，后面没有 0，也没有多出来的字节。</summary>
    public static void Text(Trial trial) => new Handover(trial, () => $" {Trial.Text(18)} ", Encoding.UTF8.GetBytes, special: [$"{Trial.Text(9)}\n{Trial.Text(9)}", Trial.Text(getpagesize() * Math.Max(1, 81920 / getpagesize()))]).Check();

    /// <summary>10、17：一个值；17 没有信号量，对象也没有名字。</summary>
    public static void Value(Trial trial, bool named)
    {
        new Handover(trial, () => $"{-1_000_000_000 - Trial.Fresh()}", text => BitConverter.GetBytes(int.Parse(text, null)), special: ["0", "-1", $"{int.MaxValue}", $"{int.MinValue}"], named).Check();
        if (!named && RuntimeInformation.ProcessArchitecture == Architecture.X64) trial.Note = "这台机器是 x64，CPU 不调换写入的次序；少了 Volatile 在 arm64 上会错，这里看不出来";
    }

    // 让一方停在每一步；整个运行在后：碰巧错了的，在舞台上说得出次序。
    private void Check()
    {
        _sent = text();
        Handover Of(Trial own) => new(own, text, bytes, special, named);
        trial.Scenes([own => Of(own).ReceiverFirst(), own => Of(own).SenderFirst(), .. Exchange.Orders(_sent, () => Args(Trial.Name(), _sent)),
            .. Trial.Places((own, place) => Of(own).Stopped(place, ofSender: false)), .. Trial.Places((own, place) => Of(own).Stopped(place, ofSender: true)),
            .. Trial.Whole("接收方读出内容", content => Args(Trial.Name(), content), [_sent, .. special])]);
    }

    private void Start()
    {
        (_name, _sent) = (Trial.Name(), text());
        _show = trial.Stage(Args(_name, _sent), children: 2);
        (_receiver, _sender) = (_show.All("receiver").FirstOrDefault(-1), _show.All("sender").FirstOrDefault(-1));
        if (_receiver < 0 || _sender < 0) throw _show.Refuse("启动 receiver 和 sender", $"来的是 {string.Join('、', Enumerable.Range(1, _show.Count - 1).Select(_show.Who))}");
    }

    private SharedObject? Open() => named ? SharedObject.Open("/dev/shm" + _name) : null;

    // 接收方每次都走到不能再走，发送方才走一步：读得太早的、等一会儿就算了的，都在这里。
    private void ReceiverFirst()
    {
        Start();
        _show.Far(_receiver);
        MustRead(_sent, "发送方还一步没有走", orWait: true);
        using SharedObject? open = Open();
        bool isPosted = false;
        while (_show.CanGo(_sender))
        {
            // 发送方写到一半，是什么样子都有可能；没有 post，就不能读。睡着的醒了，就是 post 过了，也许已经取走；另起线程的，看不到是什么时候取走的。
            bool sleeps = !_show.CanGo(_receiver);
            _show.Step(_sender);
            isPosted |= _show.Posted > 0 || (sleeps && (_show.CanGo(_receiver) || _show.HasEnded(_receiver)));
            bool isHalf = !isPosted && open?.Size == Content.Length;
            if (isHalf) open!.Write(0, Content.AsSpan(0, (Content.Length + 1) / 2));
            _show.Far(_receiver);
            MustRead(_sent, isHalf ? "发送方还没有 post，检查器替它写了一半" : "发送方还没有结束", orWait: true);
            if (named && !isPosted && !trial.HasThreads && _show.Output.Contains("读到")) throw _show.Refuse("接收方等到 post 再读", $"发送方还没有 post，{_show.Said(_receiver)}");
        }

        _show.InTurn();
        MustRead(_sent, "发送方结束了");
    }

    // 发送方先走完，有信号量的，恰好 post 一次，在写好之后；接收方还没有看，检查器把内容换成另一个。
    private void SenderFirst()
    {
        Start();
        using SharedObject? open = Open();
        List<SharedObject> objects = open != null ? [open] : _show.Objects;
        if (objects.Any(o => o.Find(Content) >= 0)) throw _show.Refuse("内容由发送方写入", "发送方还一步没有走，对象里已经有了内容");
        if (_show.Posted > 0) throw _show.Refuse("信号量从 0 开始：还没有写好的值", $"发送方还一步没有走，信号量已经是 {_show.Posted}");
        for (int i = 0; i < 20 && _show.CanGo(_sender) && _show.Posted == 0; i++) _show.Far(_sender, () => _show.Posted > 0);
        if (_show.Posted > 0 && open?.Find(Content) != 0) throw _show.Refuse("先写入，后 post", "发送方 post 过了，对象里的内容还不对");
        _show.Far(_sender);
        using SharedObject? semaphore = SharedObject.Open($"/dev/shm/sem.{_name.Trim('/')}_sem");
        if (named && (semaphore == null || _show.Posted != 1)) throw _show.Refuse("发送方写入，post 一次，名字不改", $"发送方走完，接收方一步没有走，{(semaphore == null ? $"没有信号量 {_name}_sem" : $"信号量是 {_show.Posted}")}；{_show.Said(_sender)}");
        SharedObject? made = objects.Find(o => o.Find(Content) >= 0);
        if (made == null || (named && made.Find(Content) != 0)) throw _show.Refuse("发送方把内容写入对象，从开头起", $"发送方先走完；{_show.Said(_sender)}；对象里没有它，或者不在开头");
        string other = text();
        made.Write(made.Find(Content), bytes(other));
        _show.InTurn();
        MustRead(other, "发送方先走完，接收方还没有看，检查器把内容换成了另一个");

        // sem_t 的前 4 个字节是值；名字这时已经删了。
        if (semaphore?.Ints[0] is > 0 and var unread) throw _show.Refuse("信号量数的是写好了、还没有读的", $"{_show.Said(_receiver)}；都读了，信号量却是 {unread}：没有等它，或者又 post 了");
    }

    // 一方停在每一步，另一方走到不能再走，然后都走。最后是自己走到不能再走：接收方一遍一遍地问着，发送方一直不来；发送方等了很久，不等了，接收方才来。
    private bool Stopped(int place, bool ofSender)
    {
        Start();
        (int one, int other) = ofSender ? (_sender, _receiver) : (_receiver, _sender);
        string? stopped = _show.Reach(one, place);
        if (stopped == null && !ofSender) return !_show.MustBePatient(one);
        if (stopped == null) _show.Free(one);
        using SharedObject? open = ofSender && _show.Posted == 0 ? Open() : null;
        bool isHalf = open?.Size == Content.Length;
        if (isHalf) open!.Write(Content.Length / 2, Content.AsSpan(Content.Length / 2)); // 写到一半，也可能是先写后面
        _show.Far(other);
        _show.InTurn();
        MustRead(_sent, $"{_show.Who(one)}{stopped ?? "走到不能再走"}{(isHalf ? "，还没有 post，检查器替它写了后一半" : "")}，{_show.Who(other)}走到不能再走，然后都走");
        return stopped != null;
    }

    private void MustRead(string content, string when, bool orWait = false)
    {
        if (orWait && !_show.HasEnded(_receiver) && !_show.Output.Contains("读到")) return;
        if (!_show.Output.Contains(content)) throw _show.Refuse($"发送方走到哪一步，接收方都等，最后读出内存里的「{Ending.Clean(content)}」", $"{when}，{_show.Said(_receiver)}");
    }
}
