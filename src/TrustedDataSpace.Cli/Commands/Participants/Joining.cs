using System.Text.Encodings.Web;
using System.Text.Json;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Cli.Commands.Participants;

/// <summary>What somebody who joins has said, and the settings file that follows from it and from the invite.</summary>
internal sealed record Joining
{
    private const string FileName = "connector.json";

    // For people to read and edit: names beyond ASCII as they are.
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required string Authority { get; init; }

    public required string Code { get; init; }

    public required string Id { get; init; }

    public string? Name { get; init; }

    public string? Region { get; init; }

    public IReadOnlyList<string> Roles { get; init; } = [];

    public required string Url { get; init; }

    public string? PublicUrl { get; init; }

    public string? Data { get; init; }

    private string Folder => Path.GetFullPath(Data ?? Id.Split(':')[2].Split('.', '%')[0]);

    private string File => Path.Combine(Folder, FileName);

    /// <summary>Refuses what cannot work before anybody is asked.</summary>
    public void Check()
    {
        if (!Did.TryParse(Id, out _))
        {
            throw new CannotStartException($"--id '{Id}' is not a did:web identifier, for example did:web:factory.example.");
        }

        if (!Uri.TryCreate(Authority, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttps && !url.IsLoopback))
        {
            throw new CannotStartException($"AUTHORITY_URL '{Authority}' is neither an https:// address nor http:// on loopback, for example http://127.0.0.1:8180.");
        }

        if (System.IO.File.Exists(File))
        {
            throw new CannotStartException($"{File} exists already: go on with 'tds connector run --config {File}', or name another folder with --data.");
        }
    }

    /// <summary>Writes the settings, readable for this user only.</summary>
    /// <returns>The file, and the new management token in it.</returns>
    public (string File, string Token) WriteSettings(Invitation invitation)
    {
        var token = SecretHashes.Create("tds_management_");
        var settings = new
        {
            Space = new { Id = invitation.Space },
            Participant = new { Id, Name = Name ?? invitation.Invite.Name },
            Authority = new { Url = Authority, Id = invitation.Authority },
            Membership = new
            {
                Region = RegionFor(invitation.Invite),
                Roles = invitation.Invite.Roles ?? Roles,
                Invite = Code,
            },
            Listen = PublicUrl is null ? (object)new { Url } : new { Url, PublicUrl },
            Storage = new { Folder = Path.Combine(Folder, "state") },
            Management = new { Token = token },

            // A space on one machine is made of loopback addresses; any other has no business with them.
            Egress = new { AllowPrivateAddresses = new Uri(Authority).IsLoopback },
        };
        new SpaceFolder(Folder).Create();
        PrivateFile.Write(File, JsonSerializer.SerializeToUtf8Bytes(settings, Format));
        return (File, token);
    }

    private string RegionFor(Invite invite) =>
        invite.Region ?? Region ?? throw new CannotStartException("The invite names no region: say yours with --region, for example --region 44.");
}
