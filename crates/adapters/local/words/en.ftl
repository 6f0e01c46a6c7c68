# The words of messages. `-title` and `-body` are a push; `-subject` and `-letter` a mail, with a `-footer` of its own where
# the common one would not be true. An empty line parts paragraphs.

letter-greeting = Hello { $name },
letter-footer = You get this mail because of your account with us.

subscription-active-title = You're in
subscription-active-body = { $plan } is active. Time to train.
subscription-active-subject = { $plan } is active
subscription-active-letter =
    your subscription to { $plan } is active. It is paid until { $until } and renews by itself.

    You can see it, change it or cancel it in the app at any time.

payment-received-subject = We received { $amount }
payment-received-letter =
    we received your payment of { $amount }. Thank you.

    The invoice is in the app, under Subscription.

payment-failed-title = A payment did not go through
payment-failed-body = { $plan } stays open until { $until }. Please check your card.
payment-failed-subject = A payment did not go through
payment-failed-letter =
    your last payment for { $plan } did not go through. We will try again over the next days.

    Nothing is lost: everything stays open until { $until }. To be safe, please check your payment method in the app.

subscription-ended-title = Your subscription has ended
subscription-ended-body = { $plan } has ended. Your logs stay with you.
subscription-ended-subject = { $plan } has ended
subscription-ended-letter =
    your subscription to { $plan } has ended. Everything you logged stays with you.

    If you would like to come back, you can do so in the app at any time.

password-changed-subject = Your password was changed
password-changed-letter =
    the password of your account was changed just now, and all your other devices were logged out.

    If that was not you, choose a new password at once.

verify-email-subject = Your code is { $code }
verify-email-letter =
    your code is { $code }. Type it in the app to show that this address is yours. It works for 15 minutes.

    If you did not ask for it, somebody has mistyped their address; you need not do anything.

account-exists-subject = You have an account already
account-exists-letter =
    somebody, probably you, has just tried to use this address for a new account. You have one already.

    Log in with it. If the password is gone, choose "Forgot password" in the app. If it was not you, you need not do anything.

reset-password-subject = Choose a new password
reset-password-letter =
    open this link to choose a new password. It works once and for one hour:

    { $link }

    If you did not ask for it, you need not do anything: your password stays as it is.

unlock-login-subject = Your login code is { $code }
unlock-login-letter =
    many logins to your account have failed lately. To log in now, type this code with your password: { $code }. It works for 15 minutes.

    If you did not try to log in, somebody is guessing. They don't get in without this code, but a longer password can't hurt.

email-changed-subject = Your account has a new address
email-changed-letter =
    your account now belongs to another e-mail address, as you asked.

    If that was not you, write to us at once.

account-deleted-subject = Your account is deleted
account-deleted-letter =
    your account is deleted, as you asked. Until { $until } you can take it back by logging in; after that everything is erased.

    A subscription that you bought in an app store goes on until you cancel it there.

account-suspended-subject = Your account is suspended
account-suspended-letter =
    we have suspended your account. The reason: { $reason }

    If you think that this is a mistake, write to us.

account-reactivated-subject = Your account is open again
account-reactivated-letter =
    your account is open again. You can log in as before.

login-methods-changed-subject = How you log in has changed
login-methods-changed-letter =
    on your account { $what } just now.

    If that was not you, choose a new password at once and log all devices out.

impersonated-subject = Our support looks into your account
impersonated-letter =
    to work on your request { $ticket }, somebody of our support sees your account as you do, for 15 minutes from now. They see neither your photos nor how you pay or log in.

    If you did not ask for help, write to us at once.

organization-invitation-subject = { $inviter } invites you to { $organization }
organization-invitation-letter =
    { $inviter } invites you to join { $organization }. Open this link to accept; it works once and for 7 days:

    { $link }

    You need an account with the address that got this mail. If you don't want to join, or don't know who this is, you need not do anything.
organization-invitation-footer = You get this mail because { $inviter } typed this address.
