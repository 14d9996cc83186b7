using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace Benchmarks;

/// <summary>一张图，SVG；字是文字，不是轮廓，由看图的软件挑字体。</summary>
internal static class Figures
{
    public static void Save(Results results, string folder)
    {
        Save(Messages(results), Path.Combine(folder, "performance-messages.svg"));
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

    // 一条线，名字写在末端右边留出的地方：图例的框是按西文的宽度算的，放不下汉字。
    private static void Add(PlotModel plot, string name, IEnumerable<DataPoint> points)
    {
        var line = new LineSeries { MarkerType = MarkerType.Circle };
        line.Points.AddRange(points);
        plot.Series.Add(line);
        plot.Annotations.Add(new TextAnnotation
        {
            Text = name,
            TextPosition = line.Points[^1],
            Offset = new ScreenVector(8, 0),
            StrokeThickness = 0,
            TextHorizontalAlignment = HorizontalAlignment.Left,
            TextVerticalAlignment = VerticalAlignment.Middle,
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
