using System.Globalization;

namespace TrustedDataSpace.Conformance.Dsp.Driver;

/// <summary>What the driver is told.</summary>
internal sealed record DriverOptions
{
    /// <summary>Port of the connector. Default 8282.</summary>
    public int Port { get; init; } = 8282;

    /// <summary>Wait before each step of the connector: the kit must have processed the answer to what it sent before. Default 300 ms.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Folder for the connector's data and the kit's configuration. Default: a new one below the temporary folder.</summary>
    public string? Data { get; init; }

    /// <summary>Where the kit listens. Default http://localhost:8083.</summary>
    public string Kit { get; init; } = "http://localhost:8083";

    /// <summary>Runs of the counterpart. Default 1.</summary>
    public int Runs { get; init; } = 1;

    /// <summary>Which tests the counterpart runs: those whose id begins so. Default: all.</summary>
    public string Only { get; init; } = "";

    /// <summary>How others reach the connector.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://localhost:{Port}");

    /// <exception cref="ArgumentException">An option that there is not, or a value that it cannot have.</exception>
    public static DriverOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new DriverOptions();
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : throw new ArgumentException($"{arguments[i]} needs a value.");
            options = arguments[i] switch
            {
                "--port" => options with { Port = Number(arguments[i], value, 65535) },
                "--delay" => options with { Delay = TimeSpan.FromMilliseconds(Number(arguments[i], value, 60_000)) },
                "--data" => options with { Data = Path.GetFullPath(value) },
                "--kit" => options with { Kit = Uri.TryCreate(value, UriKind.Absolute, out var url) && url.IsLoopback ? value.TrimEnd('/') : throw new ArgumentException("--kit is an address on this machine, for example http://localhost:8083.") },
                "--only" => options with { Only = value },
                "--runs" => options with { Runs = Number(arguments[i], value, 1000) },
                _ => throw new ArgumentException($"There is no option {arguments[i]}."),
            };
        }

        return options;
    }

    private static int Number(string name, string value, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? number : throw new ArgumentException($"{name} is a number up to {most}.");
}
