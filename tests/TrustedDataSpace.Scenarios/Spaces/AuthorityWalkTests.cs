using Xunit;

namespace TrustedDataSpace.Scenarios.Spaces;

/// <summary>The same of the authority: members, products, evidence and accounts of another space are nobody's.</summary>
public sealed class AuthorityWalkTests(MixedSpaces spaces) : IClassFixture<MixedSpaces>
{
    [Fact]
    public async Task An_authority_sees_and_changes_nothing_of_another_space_in_its_own_database()
    {
        var space = spaces.Alpha;
        var folder = MixedSpaces.FolderOf(space, space.Operator);
        await space.StopAuthorityAsync();
        ForeignRows.Put(folder, MixedSpaces.FolderOf(spaces.Beta, spaces.Beta.Operator), MixedSpaces.Own);
        await space.RestartAuthorityAsync();
        var before = ForeignRows.Snapshot(folder, MixedSpaces.Own);

        using var authority = new SpaceWalker(space, space.Operator, space.Consumer, spaces.Contract.Secret);
        var ids = ForeignRows.Ids(folder, MixedSpaces.Other);
        Assert.True(ids.Count > 10, string.Join(' ', ids));
        var seen = await SpaceWalk.SeenAsync(authority, ForeignRows.Ids(folder, MixedSpaces.Own));
        Assert.True(seen >= 3, $"{seen} endpoints show something of this space");
        var wrong = await SpaceWalk.ListsAsync(authority, [.. ids, ForeignRows.Mark, ForeignRows.Twin, ForeignRows.Blank]);
        wrong.AddRange(await SpaceWalk.ByIdAsync(authority, ids, mustBeUnknown: false));
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
        await SpaceWalk.WorkAsync(space, spaces.Contract, "alpha-authority");
        SpaceWalk.AssertUnchanged(before, folder);
        await SpaceWalk.StatementsAsync(space, space.Operator, folder, atLeast: 90);
    }
}
