using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Space;

public sealed class SpaceAccessTests : IDisposable
{
    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    [Fact]
    public void Tokens_made_once_stay_and_are_readable_for_their_owner_only()
    {
        var folder = new SpaceFolder(temp.Path);
        var definition = SpaceFile.Load(Samples.Folder("power-grid"));
        var made = SpaceAccess.LoadOrCreate(folder, definition);
        made.Save(folder);
        var again = SpaceAccess.LoadOrCreate(folder, definition);

        Assert.Equal(made.Authority, again.Authority);
        Assert.Equal(made.Participants, again.Participants);
        Assert.Equal(made.SourceCredential, again.SourceCredential);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.AccessFile));
        }
    }

    [Fact]
    public void Every_service_has_a_token_of_its_own()
    {
        var access = SpaceAccess.LoadOrCreate(new SpaceFolder(temp.Path), SpaceFile.Load(Samples.Folder("power-grid")));
        string[] tokens = [access.Authority.Token, .. access.Participants.Values.Select(service => service.Token)];
        Assert.Equal(3, tokens.Distinct().Count());
        Assert.DoesNotContain(access.Authority.Token, access.Authority.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_of_another_space_is_refused()
    {
        var folder = new SpaceFolder(temp.Path);
        var definition = SpaceFile.Load(Samples.Folder("power-grid"));
        SpaceAccess.LoadOrCreate(folder, definition).Save(folder);
        var refused = Assert.Throws<CannotStartException>(() => SpaceAccess.LoadOrCreate(folder, definition with { Space = "city" }));
        Assert.Contains("--data", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Participant_is_found_by_short_name_and_by_did_and_an_unknown_one_names_those_there_are()
    {
        var access = SpaceAccess.LoadOrCreate(new SpaceFolder(temp.Path), SpaceFile.Load(Samples.Folder("power-grid")));
        Assert.Same(access.Participant("vpp"), access.Participant("did:web:vpp.power-grid.example"));
        Assert.Contains("grid, vpp", Assert.Throws<CannotStartException>(() => access.Participant("")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_and_missing_files_say_what_to_do()
    {
        var folder = new SpaceFolder(temp.Path);
        Assert.Contains("tds up", Assert.Throws<CannotStartException>(() => SpaceAccess.Load(folder)).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.AccessFile, "{");
        Assert.Contains("damaged", Assert.Throws<CannotStartException>(() => SpaceAccess.Load(folder)).Message, StringComparison.Ordinal);
    }
}
