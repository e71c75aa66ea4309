namespace TrustedDataSpace.Protocol.Authority;

/// <summary>One page of products.</summary>
/// <param name="Items">The products.</param>
/// <param name="Next">The cursor of the next page; null on the last.</param>
public sealed record ProductPage(IReadOnlyList<ProductRegistration> Items, string? Next = null);
