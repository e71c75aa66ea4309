using System.Globalization;

namespace TrustedDataSpace.Conformance.Dcp;

/// <summary>What the preparation for the public kit of DCP is told.</summary>
internal sealed record DcpOptions
{
    /// <summary>Which part the service under test plays; the kit plays the others.</summary>
    public required string Role { get; init; }

    /// <summary>Port of the service. Default 8282.</summary>
    public int Port { get; init; } = 8282;

    /// <summary>Folder for the service's data and the kit's configuration. Default: a new one below the temporary folder.</summary>
    public string? Data { get; init; }

    /// <summary>Where the kit listens. Default http://localhost:8083.</summary>
    public string Kit { get; init; } = "http://localhost:8083";

    /// <summary>How others reach the service.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://localhost:{Port}");

    /// <summary>The DID of the service: it resolves to its address.</summary>
    public string Did => string.Create(CultureInfo.InvariantCulture, $"did:web:localhost%3A{Port}");

    /// <summary>The DID of the kit in a part, as the kit itself makes it from its address.</summary>
    public string DidOfKit(string part) => $"did:web:{new Uri(Kit).Host}%3A{new Uri(Kit).Port.ToString(CultureInfo.InvariantCulture)}:{part}";

    /// <exception cref="ArgumentException">An option that there is not, or a value that it cannot have.</exception>
    public static DcpOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new DcpOptions { Role = "" };
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : throw new ArgumentException($"{arguments[i]} needs a value.");
            options = arguments[i] switch
            {
                "--role" => options with { Role = value },
                "--port" => options with { Port = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 ? port : throw new ArgumentException("--port is a number up to 65535.") },
                "--data" => options with { Data = Path.GetFullPath(value) },
                "--kit" => options with { Kit = Uri.TryCreate(value, UriKind.Absolute, out var url) && url.IsLoopback ? value.TrimEnd('/') : throw new ArgumentException("--kit is an address on this machine, for example http://localhost:8083.") },
                _ => throw new ArgumentException($"There is no option {arguments[i]}."),
            };
        }

        return options;
    }
}
