using Engine;

namespace Stage;

internal static class Terminal
{
    public static int Play(Scene scene, Part[] parts, string order)
    {
        using var run = new Run(parts);
        var taken = new List<int>();
        Show(run, parts, null);
        foreach ((int lane, int steps) in Order.Parse(order)!)
        {
            for (int i = 0; i < steps; i++)
            {
                int who = lane >= 0 ? lane : run.Now.Ready.FirstOrDefault(-1);
                if (!run.Now.Ready.Contains(who)) break;
                run.Go(who);
                taken.Add(who);
                Show(run, parts, who);
            }
        }

        Console.WriteLine(Order.Write(taken));
        return 0;
    }

    private static void Show(Run run, Part[] parts, int? who)
    {
        Console.WriteLine($"--- {(who is { } w ? (char)('A' + w) : ' ')}");
        foreach (LaneView l in run.Now.Lanes)
        {
            string line = l.Site is { } s ? parts[l.Part].Sources[parts[l.Part].Sites[s].File].Text.Split('\n')[parts[l.Part].Sites[s].Line - 1].Trim() : "";
            Console.WriteLine($"  {l.Title} {l.State} {l.Why} | {line} | {string.Join(' ', l.Frames.LastOrDefault()?.Variables.Select(v => v.Name + "=" + v.Value) ?? [])}");
            Console.WriteLine($"     out {string.Concat(l.Output.Select(o => o.Text)).Trim()} fd {string.Join(' ', l.Descriptors.Select(d => d.ToString()))} map {string.Join(' ', l.Mappings.Select(d => d.ToString()))}");
        }
        foreach (ObjectView o in run.Now.Objects) Console.WriteLine("  " + o);
    }
}
