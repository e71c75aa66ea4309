using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Processes;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Hosting.Telemetry;

namespace TrustedDataSpace.Hosting.Configuration;

/// <summary>What every service of a space is told: the root that each executable's own options record extends.</summary>
public record ServiceSettings
{
    /// <summary>The space.</summary>
    public SpaceOptions Space { get; init; } = new();

    /// <summary>Who runs this service.</summary>
    public ParticipantOptions Participant { get; init; } = new();

    /// <summary>Where it listens.</summary>
    public ListenOptions Listen { get; init; } = new();

    /// <summary>Where its state lives.</summary>
    public StorageOptions Storage { get; init; } = new();

    /// <summary>The master key.</summary>
    public KeyOptions Keys { get; init; } = new();

    /// <summary>Who may administer it.</summary>
    public ManagementOptions Management { get; init; } = new();

    /// <summary>Which addresses it may call.</summary>
    public EgressOptions Egress { get; init; } = new();

    /// <summary>How undelivered messages are tried again.</summary>
    public OutboxOptions Outbox { get; init; } = new();

    /// <summary>Traces and metrics.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>Which of the services of a process it is, for people.</summary>
    internal string Title => $"{Participant.Id} in the space '{Space.Id}'";

    /// <summary>Everything that keeps this service and the other one out of one process, each naming its setting; empty when all is well.</summary>
    public virtual IEnumerable<string> CollisionsWith(ServiceSettings other) => Collisions.Between(this, other);

    /// <summary>Everything that is wrong with these settings, each naming its setting; empty when all is well.</summary>
    public virtual IEnumerable<string> Problems()
    {
        if (Space.Id.Length == 0)
        {
            yield return "Space:Id is missing: the name of the data space, for example power-grid";
        }

        if (!Protocol.Identity.Did.TryParse(Participant.Id, out _))
        {
            yield return $"Participant:Id '{Participant.Id}' is not a did:web identifier, for example did:web:grid.example";
        }

        if (Storage.Folder.Length == 0)
        {
            yield return "Storage:Folder is missing: the folder for this service's database";
        }

        if (Storage.GroupCommitLimit < 1)
        {
            yield return "Storage:GroupCommitLimit must be at least 1";
        }

        if (Management.IdempotencyKeyLifetime < TimeSpan.FromMinutes(1) || Management.IdempotencyKeyLifetime > TimeSpan.FromDays(30))
        {
            yield return "Management:IdempotencyKeyLifetime must lie between 1 minute and 30 days";
        }

        foreach (var problem in Listen.Problems().Concat(Outbox.Problems()).Concat(Keys.Problems()).Concat(Management.Problems()))
        {
            yield return problem;
        }
    }
}

/// <summary>The space.</summary>
public sealed record SpaceOptions
{
    /// <summary>Name of the data space; first column of every primary key.</summary>
    public string Id { get; init; } = "";
}

/// <summary>Who runs this service.</summary>
public sealed record ParticipantOptions
{
    /// <summary>The participant's decentralised identifier (did:web).</summary>
    public string Id { get; init; } = "";

    /// <summary>Name that people read.</summary>
    public string Name { get; init; } = "";
}
