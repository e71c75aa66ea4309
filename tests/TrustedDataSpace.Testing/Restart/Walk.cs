using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Testing.Restart;

/// <summary>A way of a process through its states, as data: whose step leads where, by which call of the management interface.</summary>
/// <param name="Name">For reports.</param>
/// <param name="Steps">In order; the first begins the process, at the consumer.</param>
public sealed record Walk(string Name, IReadOnlyList<WalkStep> Steps)
{
    private static readonly object Counter = new
    {
        offer = new { permission = new[] { new { action = "use", constraint = new[] { new { leftOperand = "count", @operator = "lteq", rightOperand = "20" } } } } },
    };

    private static readonly object Nothing = new { };
    private static readonly Termination Why = new() { Reason = "maintenance: until noon" };

    /// <summary>Offers and counter-requests, and every step by hand on both sides.</summary>
    public static Walk Agreeing { get; } = new("negotiation by hand", [
        new(true, "", Nothing, "REQUESTED"),
        new(false, ManagementRoutes.NegotiationOffer, Nothing, "OFFERED"),
        new(true, ManagementRoutes.NegotiationRequest, Counter, "REQUESTED"),
        new(false, ManagementRoutes.NegotiationOffer, Nothing, "OFFERED"),
        new(true, ManagementRoutes.NegotiationAcceptance, Nothing, "ACCEPTED"),
        new(false, ManagementRoutes.NegotiationAgreement, Nothing, "AGREED"),
        new(true, ManagementRoutes.NegotiationVerification, Nothing, "VERIFIED"),
        new(false, ManagementRoutes.NegotiationFinalization, Nothing, "FINALIZED"),
    ]);

    /// <summary>A negotiation that the provider breaks off.</summary>
    public static Walk Declining { get; } = new("negotiation broken off", [
        new(true, "", Nothing, "REQUESTED"),
        new(false, ManagementRoutes.NegotiationTermination, Why, "TERMINATED"),
    ]);

    /// <summary>A transfer that each side suspends and starts again, and the provider completes.</summary>
    public static Walk Transferring { get; } = new("transfer with suspensions", [
        new(true, "", Nothing, "STARTED"),
        new(false, ManagementRoutes.TransferSuspension, Why, "SUSPENDED"),
        new(false, ManagementRoutes.TransferStarting, Nothing, "STARTED"),
        new(true, ManagementRoutes.TransferSuspension, Why, "SUSPENDED"),
        new(true, ManagementRoutes.TransferStarting, Nothing, "STARTED"),
        new(false, ManagementRoutes.TransferCompletion, Nothing, "COMPLETED"),
    ]);

    /// <summary>Whether it is a transfer.</summary>
    public bool IsTransfer => this == Transferring;
}

/// <summary>One step.</summary>
/// <param name="ByConsumer">Whose it is.</param>
/// <param name="Route">Of the call; empty: the process begins.</param>
/// <param name="Body">Of the call.</param>
/// <param name="To">The state in which both sides must be then.</param>
public sealed record WalkStep(bool ByConsumer, string Route, object Body, string To);
