namespace TrustedDataSpace.Cli.Sources;

/// <summary>Customers whose days look alike.</summary>
/// <param name="Name">Name.</param>
/// <param name="LeastKw">Contracted power of the smallest customer, kW.</param>
/// <param name="MostKw">Contracted power of the largest, kW.</param>
/// <param name="WeekendPermille">Use on Saturday and Sunday, in thousandths of a working day.</param>
/// <param name="Hours">Use at each full hour, in thousandths of the contracted power; quarter-hours lie on the line between.</param>
internal sealed record CustomerGroup(string Name, int LeastKw, int MostKw, int WeekendPermille, int[] Hours)
{
    /// <summary>The groups of the sample. The last one has so few customers that its curves would tell of a single one.</summary>
    public static IReadOnlyList<CustomerGroup> All { get; } =
    [
        new("residential", 4, 12, 1120,
            [210, 170, 150, 140, 140, 160, 260, 380, 340, 290, 270, 300, 390, 360, 320, 310, 340, 450, 640, 780, 820, 700, 500, 320]),
        new("office", 60, 240, 350,
            [120, 110, 110, 110, 110, 130, 190, 370, 680, 850, 900, 880, 780, 840, 910, 900, 860, 760, 520, 340, 240, 190, 150, 130]),
        new("factory", 300, 1200, 820,
            [560, 550, 550, 550, 560, 580, 640, 780, 900, 930, 940, 900, 760, 900, 940, 940, 920, 860, 780, 720, 690, 650, 610, 580]),
        new("cold-store", 80, 320, 980,
            [520, 500, 490, 480, 490, 520, 560, 610, 660, 710, 760, 800, 840, 860, 870, 850, 810, 760, 700, 660, 620, 590, 560, 540]),
        new("charging-station", 120, 480, 1080,
            [720, 640, 540, 420, 330, 260, 240, 280, 320, 340, 380, 470, 560, 520, 430, 390, 400, 460, 560, 650, 720, 800, 860, 810]),
        new("hospital", 400, 900, 940,
            [480, 460, 450, 450, 460, 500, 580, 700, 820, 880, 900, 890, 850, 870, 890, 880, 840, 780, 720, 680, 640, 600, 560, 510]),
    ];

    /// <summary>Use in a quarter-hour (0 to 95), in thousandths of the contracted power.</summary>
    public int At(int quarter)
    {
        var (hour, part) = (quarter / 4, quarter % 4);
        return ((Hours[hour] * (4 - part)) + (Hours[(hour + 1) % 24] * part)) / 4;
    }
}
