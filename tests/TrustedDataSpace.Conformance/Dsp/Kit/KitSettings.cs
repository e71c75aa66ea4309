using System.Globalization;

namespace TrustedDataSpace.Conformance.Dsp.Kit;

/// <summary>What the kit is told by its configuration file: lines of <c>name=value</c>.</summary>
/// <param name="Values">All of them.</param>
internal sealed record KitSettings(IReadOnlyDictionary<string, string> Values)
{
    private const string Prefix = "dataspacetck.dsp.";

    /// <summary>Participant id of the connector under test.</summary>
    public string ConnectorId => Values[Prefix + "connector.agent.id"];

    /// <summary>Where it speaks the protocol.</summary>
    public string ConnectorUrl => Values[Prefix + "connector.http.url"];

    /// <summary>The root of its version document.</summary>
    public string BaseUrl => Values[Prefix + "connector.http.base.url"];

    /// <summary>Sent as it is with every request; null: none.</summary>
    public string? Authorization => Values.GetValueOrDefault(Prefix + "connector.http.headers.authorization");

    /// <summary>Where the connector is told to begin a negotiation.</summary>
    public string NegotiationInitiateUrl => Values[Prefix + "connector.negotiation.initiate.url"];

    /// <summary>Where the connector is told to begin a transfer.</summary>
    public string TransferInitiateUrl => Values[Prefix + "connector.transfer.initiate.url"];

    /// <summary>Longest wait for an expected message.</summary>
    public TimeSpan Wait => TimeSpan.FromSeconds(int.Parse(Values.GetValueOrDefault(Prefix + "default.wait", "15"), CultureInfo.InvariantCulture));

    /// <summary>Where the kit listens, as others call it.</summary>
    public string CallbackAddress => Values.GetValueOrDefault("dataspacetck.callback.address", "http://localhost:8083");

    /// <summary>The id that a test uses; a random one when the file has none.</summary>
    public string Of(string test, string name) => Values.GetValueOrDefault($"{Method(test)}_{name}") ?? Guid.NewGuid().ToString();

    /// <summary>The test as its method is called: <c>CN_C:01-01</c> is <c>CN_C_01_01</c>.</summary>
    public static string Method(string test) => test.Replace(':', '_').Replace('-', '_');

    public static KitSettings Read(string file) => new(File.ReadLines(file)
        .Select(line => line.Trim())
        .Where(line => line.Length > 0 && line[0] is not ('#' or '!'))
        .Select(line => line.Split('=', 2))
        .ToDictionary(parts => parts[0].Trim(), parts => parts[1].Trim()));
}
