namespace FilterGate.Review.Accounts;

/// <summary>What somebody is to this site. One person may be several; what each may see and do is the table of <see cref="Site.Permissions"/>.</summary>
[Flags]
public enum SiteRole
{
    /// <summary>Nobody: not signed in, and not at the gateway's own computer.</summary>
    Nobody = 0,
    /// <summary>Signed in, whatever else.</summary>
    Staff = 1,
    /// <summary>Holds the key of the online-safety lead.</summary>
    Lead = 2,
    /// <summary>Stands in for the lead.</summary>
    Deputy = 4,
    /// <summary>The head, or a senior colleague who stands in.</summary>
    Head = 8,
    /// <summary>The chair of governors, or who stands in.</summary>
    Chair = 16,
    /// <summary>A governor.</summary>
    Governor = 32,
    /// <summary>A teacher.</summary>
    Teacher = 64,
    /// <summary>Looks after the filter.</summary>
    Technician = 128,
    /// <summary>Checks how the filter is run.</summary>
    Auditor = 256,
    /// <summary>Holds the key that decides what stays open, whichever the policy says that is.</summary>
    Decider = 512,
    /// <summary>At the gateway's own computer without sign-in, where nobody holds a key yet or everything is invented: may look at everything, as in a trial.</summary>
    Trial = 1024,
    /// <summary>At the gateway's own computer without sign-in, in a school that has named its people: sees whether the filter is healthy.</summary>
    AtComputer = 2048,
}
