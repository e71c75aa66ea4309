using System.Text.RegularExpressions;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Processes;

/// <summary>The programs and the least settings that they start with.</summary>
internal static partial class Programs
{
    public const string Authority = "TrustedDataSpace.Authority";
    public const string Connector = "TrustedDataSpace.Connector";
    public const string Tds = "tds";
    public const string AuthorityId = "did:web:authority.example";
    public const string GridId = "did:web:grid.example";

    public static Dictionary<string, string> Least(string program, TempFolder folder)
    {
        var settings = new Dictionary<string, string>
        {
            ["Space:Id"] = "test-space",
            ["Participant:Id"] = program == Authority ? AuthorityId : GridId,
            ["Storage:Folder"] = folder[program],
            ["Egress:AllowPrivateAddresses"] = "true",
        };
        if (program == Connector)
        {
            settings["Authority:Url"] = "http://127.0.0.1:9";
            settings["Authority:Id"] = AuthorityId;
            settings["Membership:Region"] = "44";
        }

        return settings;
    }

    public static IEnumerable<string> Arguments(IReadOnlyDictionary<string, string> settings, params string[] more) =>
        [.. settings.SelectMany(setting => new[] { "--" + setting.Key, setting.Value }), .. more];

    public static Task<ServiceProcess> StartAsync(string program, TempFolder folder, params string[] more) =>
        ServiceProcess.StartAsync(program, Arguments(Least(program, folder), more));

    public static Task<(int Code, string Output, string Errors)> RunAsync(string program, TempFolder folder, params string[] more) =>
        ServiceProcess.RunAsync(program, Arguments(Least(program, folder), more));

    /// <summary>The management token that a first start shows.</summary>
    public static string ShownToken(this ServiceProcess process)
    {
        var match = TokenLine().Match(process.Output);
        Assert.True(match.Success, "no token in: " + process.Output);
        return match.Groups[1].Value;
    }

    [GeneratedRegex(@"shown this once: (\S+)")]
    private static partial Regex TokenLine();
}
