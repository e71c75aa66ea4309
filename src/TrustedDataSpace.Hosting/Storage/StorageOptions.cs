namespace TrustedDataSpace.Hosting.Storage;

/// <summary>Where a service keeps its state.</summary>
public sealed record StorageOptions
{
    /// <summary>Folder of the database. Made when absent, for this user only. No default: the operator decides where data lives.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Most commands that share one durable commit. Default 256.</summary>
    public int GroupCommitLimit { get; init; } = 256;
}
