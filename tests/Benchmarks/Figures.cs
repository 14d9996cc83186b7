using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace Benchmarks;

/// <summary>三张图，SVG；字是文字，不是轮廓，由看图的软件挑字体。</summary>
internal static class Figures
{
    public static void Save(Results results, string folder)
    {
        Save(Messages(results), Path.Combine(folder, "performance-messages.svg"));
        Save(Growth(results), Path.Combine(folder, "performance-pairs.svg"));
        Save(Ratios(results), Path.Combine(folder, "performance-ratios.svg"));
    }

    // 两根轴都取对数：六个数量级才放得下。
    private static PlotModel Messages(Results results)
    {
        PlotModel plot = Empty("一次往返的用时（微秒），按消息大小");
        plot.Axes.Add(new LogarithmicAxis { Position = AxisPosition.Bottom, Base = 8, Title = "消息大小", AxisTitleDistance = 12, MajorGridlineStyle = LineStyle.Dot, LabelFormatter = v => v <= Benchmarks.Messages.Sizes[^1] ? Tables.Size((int)Math.Round(v)) : "", MinorTickSize = 0, MaximumPadding = 0.2 });
        plot.Axes.Add(new LogarithmicAxis { Position = AxisPosition.Left, MajorGridlineStyle = LineStyle.Dot, LabelFormatter = Plain, MaximumPadding = 0.08 });
        foreach (var channel in results.Messages.GroupBy(cell => cell.Name))
        {
            Add(plot, channel.Key, channel.Select(cell => new DataPoint(cell.Size, cell.Median)));
        }

        return plot;
    }

    private static PlotModel Growth(Results results)
    {
        PlotModel plot = Empty("信号量一来一回的用时，按同时有几对");
        plot.Axes.Add(new LogarithmicAxis { Position = AxisPosition.Bottom, Base = 2, Title = "同时有几对进程", AxisTitleDistance = 12, MajorGridlineStyle = LineStyle.Dot, MinorTickSize = 0, LabelFormatter = v => v <= Benchmarks.Growth.Pairs[^1] ? Plain(v) : "", MaximumPadding = 0.08 });
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = "每对一个来回，微秒", AxisTitleDistance = 12, Minimum = 0, MaximumPadding = 0.1, MajorGridlineStyle = LineStyle.Dot });

        // 两个末端常常挨得很近：高的名字往上挪，低的往下。
        bool csharpHigher = Statistics.Median(results.Growth[^1].Measure.CSharp) > Statistics.Median(results.Growth[^1].Measure.C);
        Add(plot, "C#", results.Growth.Select(g => new DataPoint(g.Pairs, Statistics.Median(g.Measure.CSharp))), csharpHigher ? -8 : 8);
        Add(plot, "C", results.Growth.Select(g => new DataPoint(g.Pairs, Statistics.Median(g.Measure.C))), csharpHigher ? 8 : -8);
        return plot;
    }

    // 横条是比值，黑线是各轮比值的中间一半；只画有目标的几项。
    private static PlotModel Ratios(Results results)
    {
        Measure[] judged = [.. results.Ratios.Where(m => m.Target != null).Reverse()];
        PlotModel plot = Empty("C# 的用时是 C 的几倍（1 是一样快）");
        var names = new CategoryAxis { Position = AxisPosition.Left };
        names.Labels.AddRange(judged.Select(m => m.Name));
        plot.Axes.Add(names);
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Minimum = 0, MajorGridlineStyle = LineStyle.Dot });
        var bars = new BarSeries { FillColor = OxyColors.SteelBlue, LabelFormatString = "{0:0.000}", LabelPlacement = LabelPlacement.Base, LabelMargin = 8, TextColor = OxyColors.White };
        plot.PlotMargins = new OxyThickness(270, double.NaN, double.NaN, double.NaN);
        foreach (Measure m in judged) bars.Items.Add(new BarItem(m.Ratio));
        plot.Series.Add(bars);
        for (int i = 0; i < judged.Length; i++)
        {
            plot.Series.Add(Whisker(judged[i].Spread.Low, judged[i].Spread.High, i));
        }

        return plot;
    }

    private static LineSeries Whisker(double low, double high, int row)
    {
        var line = new LineSeries { Color = OxyColors.Black, StrokeThickness = 2 };
        line.Points.AddRange([new(low, row - 0.1), new(low, row + 0.1), new(low, row), new(high, row), new(high, row + 0.1), new(high, row - 0.1)]);
        return line;
    }

    // 一条线，名字写在末端右边留出的地方：图例的框是按西文的宽度算的，放不下汉字。
    private static void Add(PlotModel plot, string name, IEnumerable<DataPoint> points, double shift = 0)
    {
        var line = new LineSeries { MarkerType = MarkerType.Circle };
        line.Points.AddRange(points);
        plot.Series.Add(line);
        plot.Annotations.Add(new TextAnnotation
        {
            Text = name, TextPosition = line.Points[^1], Offset = new ScreenVector(8, shift), StrokeThickness = 0,
            TextHorizontalAlignment = HorizontalAlignment.Left, TextVerticalAlignment = VerticalAlignment.Middle,
        });
    }

    private static PlotModel Empty(string title)
    {
        return new PlotModel { Title = title, TitleFontSize = 15, TitleFontWeight = 400, DefaultFont = "sans-serif", PlotMargins = new OxyThickness(60, double.NaN, 20, double.NaN), Background = OxyColors.White };
    }

    private static string Plain(double value) => value.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture);

    private static void Save(PlotModel plot, string path)
    {
        using FileStream file = File.Create(path);
        // 有的软件不认得竖直方向的对齐，换成挪动几个像素。
        new SvgExporter { Width = 760, Height = 380, UseVerticalTextAlignmentWorkaround = true }.Export(plot, file);
    }
}
