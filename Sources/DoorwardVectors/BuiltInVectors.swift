// SPDX-License-Identifier: Apache-2.0
// Made by Scripts/embed-vectors from Vectors/. Do not edit.

extension VectorFile {
    static let builtInTexts: [(name: String, text: String)] = [
        (
            "old-hashes.json",
            #"""
            {
             "source": "Made by the systems named; those of ASP.NET Core Identity are from its own tests, (c) .NET Foundation, MIT licence",
             "vectors": [
              {"test": "old-hash", "system": "Django 3.2.25", "hash": "pbkdf2_sha256$260000$bPWnq6WB8OiYrfftrJaIAw$DHVcqt/c0uoTdOmRO6sa2n86NIKNIQlXhgP/mfbksEU=", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "Django 3.2.25", "hash": "pbkdf2_sha1$260000$vxTW77GfF868fYXdauw2FV$5C5fpQ6dA329fOa7gx63+a812qQ=", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "Django 3.2.25", "hash": "argon2$argon2id$v=19$m=102400,t=2,p=8$RDlCZTZtS2xUSnFTV0R3cWQ5aDVOcg$wf4eObM84Kxc5KR0QqPJhQ", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "Django 3.2.25", "hash": "bcrypt_sha256$$2b$12$SUaU5FMMZT5K2m.rocISYeBKqsC.DxZWpV4zHNRG2/X/Ma1nGcYGC", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "Django 3.2.25", "hash": "bcrypt$$2b$12$09xv4Yvw8a2EHte7FBYteelnqsg70oZogrWSx5y1H9RMOB4K.1vsa", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "Werkzeug 2.2.2", "hash": "pbkdf2:sha256:1000$YCwmyEbwF4mrJE0g$9fc53a048fc3cfeae5f968a2b05df25b9773e02c07507fb367e43a421755ac44", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "Werkzeug 2.2.2", "hash": "pbkdf2:sha256:1000$wq08CYuzUHygxQag$8f16bad57e4457fbe44dd000b7971c35159695e8bfbb40e1007ce87ed266a1c3", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "Werkzeug 2.2.2", "hash": "pbkdf2:sha512:1000$17qhl84zw09eDt9b$1aceee11555a6c0065c54110a55b584e2e53977fe8b135886bec78551e69089365d862dbdfe2c66294d7af38d6f1cb30165c78e26807a2a50ab32d184dc90bd4", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "Werkzeug 2.2.2", "hash": "pbkdf2:sha512:1000$93CkPsgP5YDlnVc9$d09e5f9b8a11f79ab4d11e0baf229067e21dc92c6f98f4b0709ec81a0c95fb397f697120b7e52a2f1ab4c08c5729928ce2df28590b1785ad9c1a502526aa9b73", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "Werkzeug 2.2.2", "hash": "pbkdf2:sha1:1000$aJi4WCOvDVgHOPiS$c344da823ba650917475e0167f30a49584319cdc", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "Werkzeug 2.2.2", "hash": "pbkdf2:sha1:1000$GHcfeLlzwx5mmpaQ$9abb80ff8e0c11764a7da1130250f0275d47de2b", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "bcrypt 3.2.2 (Python)", "hash": "$2a$04$XTPhcQEAb4FF0wgB/MAqAOkP4D2EeMLA4uEY997xCgKtZC7aLdQEu", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "bcrypt 3.2.2 (Python)", "hash": "$2a$04$xvolVRCxfTEeNV5E8nV6s.IVBJnskf6Cn..BZwWERrVYGm6Vbq0hi", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "bcrypt 3.2.2 (Python)", "hash": "$2a$04$eOBYSor8RkYiurJWdcJxw.nH7A9TLQJEI3zItl0K4Oh8WbdNPYIYC", "password": "7878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878"},
              {"test": "old-hash", "system": "bcrypt 3.2.2 (Python)", "hash": "$2a$04$52/MBwtv9.h/O8wE7fFlvOEwxALZUc9sx98wSmTlG3.7wRJU/pHxq", "password": "787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878"},
              {"test": "old-hash", "system": "bcrypt 3.2.2 (Python)", "hash": "$2a$04$uQk.5N35Kbqu/MQF9WnYc.I3I/2.qr/QHHochm51GTQgw55G2dfIS", "password": "78787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878"},
              {"test": "old-hash", "system": "bcrypt 3.2.2 (Python)", "hash": "$2b$04$B5HaHcCxGfxvMhP4TxeETuripuONdVE90h6YQcrNglgY./HUP406S", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "bcrypt 3.2.2 (Python)", "hash": "$2b$04$/XSMD.nSJe4rgOO1PteKzukebA02vbo1act1XA5aJD08SMNpecPUm", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "bcrypt 3.2.2 (Python)", "hash": "$2b$04$DcL3aU2SyLYz/iK4g/xH7.CcuVMAlwd.r6Qy/wpZO6pVGRtUhEHQG", "password": "7878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878"},
              {"test": "old-hash", "system": "bcrypt 3.2.2 (Python)", "hash": "$2b$04$yH754uQ5Fi569tt8GnM7Me78Y1k9vhYf9ppECjEFvJwGGqHIF6hry", "password": "787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878"},
              {"test": "old-hash", "system": "bcrypt 3.2.2 (Python)", "hash": "$2b$04$btkHd6jbHJYlts3XR.kfpegPmfNIuqn8MIIXlofFXvpHTCOFfLvPq", "password": "78787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878"},
              {"test": "old-hash", "system": "argon2-cffi 21.1.0", "hash": "$argon2d$v=19$m=64,t=2,p=2$t4LndTXIO+/WV8s14geHQg$TwnMW1jiacjZvkd0GJrPMw", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "argon2-cffi 21.1.0", "hash": "$argon2d$v=19$m=64,t=2,p=2$PAWUMBfIf6gUV5f4JzOd4Q$SNHgM0oJVy0IxYDX5bMABw", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "argon2-cffi 21.1.0", "hash": "$argon2i$v=19$m=64,t=2,p=2$ImPru+VRa03JxIr5xHXGuw$HXQGI/6Of6HrgS6Lr8quGA", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "argon2-cffi 21.1.0", "hash": "$argon2i$v=19$m=64,t=2,p=2$IdeHE291117WjUchoy9bUw$etoQ7Voo2wRcM9zYlDlBMQ", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "argon2-cffi 21.1.0", "hash": "$argon2id$v=19$m=64,t=2,p=2$2jJsNL27uzW8hL7pI9GNPA$t+WooJLbo+T/tCB8+htL6A", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "argon2-cffi 21.1.0", "hash": "$argon2id$v=19$m=64,t=2,p=2$HnenTNBjSKUDOlewUpfzJg$oJqNOhR8AHN6H65rcN0DhA", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$pbkdf2$1000$9x5jbC2lFCIkRMgZYwxhLA$VAaM5HA9q2atOgWSnA3XPbB8BJM", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$pbkdf2$1000$npPy3nsPIUToHSOEEEIopQ$hWVOfaepusfFP8YptWUiEjm9HM8", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$pbkdf2-sha256$1000$XYtxTukdw9gbA.A8BwAgJA$nLk.AdlfeHHEvpBWhub3EAiJ6fnUBff5grGVgjMRlh8", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$pbkdf2-sha256$1000$1PrfGyMkRAhBCMH433tPiQ$IBholGVygOlQfoVb2bjh9q4eppX7Idw067.2c7Dd1P4", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$pbkdf2-sha512$1000$qvUeg9A6B4Bwbu1dK8VY6w$5v8SZCRHOc/.O4FCj39ctkbl7fhHPoVVj0tvT13vDHHSpTTWKvP6cs2JbEBHGzUTrKKaMcaWba.80/KmhdkL5Q", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$pbkdf2-sha512$1000$gnCO0RqjtFbq/T9HSKn1/g$3g4Doi8x83Ni8bFCpXKx/pnCEAN2PlE2JOE6OfIx63RdoMi1s05i13znc4GFaVyhgXEfR4aoqK3jJ9Xk0lTcLQ", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$scrypt$ln=8,r=8,p=1$pNQaAyCk1Bqj1DoH4HxPqQ$HtIhLE+zzf7ga5645u8RJYNf9EBm83aIUD6OM5844C8", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$scrypt$ln=8,r=8,p=1$zPl/L8V4rzUmpLTWOifkHA$IyKnzKSCpqbwTsUauawQLteaS5M8tjOAvmG7P+Reb+Y", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$5$rounds=1000$PW1kKdRK6zU8sDdp$bSGgM/GiwXMznUctaxIwL6NXNuLhNHx/qhcp9kUNoN0", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$5$rounds=1000$lY8o9lOsm7Rp1Lgg$uKnkzrqBENCtJSwK1Mn8yEVdmxl67fF01VlR0SpEzF5", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$6$lC.qMpQzK1GAiZR1$z/4NYAwDEiOtZGXn84cSjMWitKpOHzo/YPq2pWfX34AWfjZejNG8ca8FHDABd9YaJizW5JMT0BgBtg10hzVI.1", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$6$HGexzSWpwlY2FCrO$A2INorOpRKLW8Q283rbjPXEZhPw6y02eyEYcFY.f9gByXy/9Co2QMnS4.p434IUNCN6yBZ4zoSH/6HSQ/zGjx1", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$6$rounds=1234$oW/.wTEUnT1YY8Wj$LIe4rdzb9DlfHP9wUAA4aUJUqBW4yjLUmMP.XFYLxAXey0g.f1s7u91OSBaCuynFXdUiU2vdaPJ/2MH0EP8lJ/", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$6$rounds=1234$72PccsWcMwI0rt3e$6uLss32cwgu6ec7Ad62v0rLO/PyMCp5CrUSE./CUnTx2m3WU/Dd.JzY/pK2bqPnzoOZi/2S24ECGEEmjGowJ//", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$2y$04$C5b8li5YifYFok7rJSjm6uBJUY/BLK4GOOP/JKvUQ/jLZxwM5loNK", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$2y$04$Y5YzUgl48k1wAReIQyhRXuRCx1lkpf67ZDv3RQIG1bGoWOZ06Sln2", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$argon2id$v=19$m=32,t=1,p=1$pPSekxIiJIQQIgTA2HvvXQ$SQoAYzEg4w9oPObpxTRd6Q", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "passlib 1.7.4", "hash": "$argon2id$v=19$m=32,t=1,p=1$JeR8792bkzJGSEmpFSIkZA$PIUAlTNKhpIt73uNOpJB4w", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "mkpasswd 5.5.17", "hash": "$y$j75$Cd0b1qlkXZ4iXtp2s8mMG.$ZAyeVByDL8SW0Moc4TejxRDY2HF8ZbNAYAlOKQFU5iD", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "mkpasswd 5.5.17", "hash": "$y$j75$ngKGwnW3QNVLTadmQaulU.$dfuP4ycyw5b8MdVqbfeUPz3PgyQuChZahoVbkrWPR5A", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "mkpasswd 5.5.17", "hash": "$y$j9T$fUgwVDTkTZwB8oB4quj9F1$S15cksBHuf4TwTUPk./xwyun8OajUju64g2IxHV7T.9", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "mkpasswd 5.5.17", "hash": "$6$hYsnKYvZfbJY6YrK$YdWhfpMt93mrT8E4zUMcDEKlTv.xCCQBG45NQPjf8DxaocB83.gV5MJdPvxmsZFVMVEjHsq/.FNStAXFBJRGW0", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "mkpasswd 5.5.17", "hash": "$6$ZStIbBC9nzkGXrFn$T4dM7//yYc5yJ.grcRt6oxL4zjtJMzB2BV.XLEe69pPJHc8MckkSdI8NfAuCyQ4lryTy1NrBnvSlrxLtBFXts.", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "mkpasswd 5.5.17", "hash": "$2b$05$JkyRfWqnCNaVq8xYlYMXbenTOJsg/B9XZdvfLUPKGGsuj1oHW2c4W", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "mkpasswd 5.5.17", "hash": "$2b$05$nSAUkTMSQ8wqqNkb06ZK7usgcD96aA9teyJ65OD057cxpLeIkDiyC", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "OpenSSL 3", "hash": "$6$SMLfP9g42QN8M.XD$Xq0pink6dxMNQ0suEzTxN1lfiiJiFxFpw1uh1fTm2vCzJ3qFXaOyGt.p.JnBFsgfVOff1QahxCzbf4XytVho//", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "OpenSSL 3", "hash": "$6$Rbqh1HFt6X/dvgSt$/F8LFMJrSQewW3rtf5oG5z2/xuJxZZol9gqTQkNH4kR8146kYujJX0dPlZAHnBIyIVnPD/vQFj6NZJkOUTIpQ1", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "OpenSSL 3", "hash": "$5$j3cTaG2Wk7K0DAOD$Tb/IbXQKX3lXjNpxhfwKqaDC9ywuDtSiCG5KIgxhpeD", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "OpenSSL 3", "hash": "$5$8KnAApSgS5zKUedy$KJFdyFiHQ/rNhKivXs8eU5ZpB.w6iXnL.HRvXsUY3MC", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "Django 5.0.6", "hash": "pbkdf2_sha256$720000$uoKl81omflRSA3p0TYq8I1$6t7tRqOWdw/2wTWFBZrZY0vu7kGcBPO9MCEm2qQN/hI=", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "Django 5.0.6", "hash": "bcrypt_sha256$$2b$12$UqI5h/WPkxyVJcb3DFNRYOEjUpIGa.SfpME44zDH6Tv.oHkGAqEB2", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "Django 5.0.6", "hash": "scrypt$16384$idh84Bz0BsMfF1Dt9OQTfL$8$1$twwauZY+t/J+UEBGPMA/BFD4ADemhEHoWmEDSPjR652wm9lL331bVa8yOxmm0BNnKAIQO32EWR44VdbBMfM7lQ==", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "Werkzeug 3.0.3", "hash": "pbkdf2:sha256:1000$Xr14p8gqHRTLpmEU$7e0e4191fabb4a04138d57a28eb81952a52f4f728f84fea37faf2c63d3eac56e", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "Werkzeug 3.0.3", "hash": "pbkdf2:sha256:1000$4NUE1DIB6HeuSFyI$8d872f92ef81f6c5bc40b15163459a68a4bacc4dbb98f29888d34ace8a48b0af", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "Werkzeug 3.0.3", "hash": "scrypt:32768:8:1$LiBY29MkHptcG0Ot$7b02c7d84d7068fa57e4d069e44e6619e19f25dcff18acb24bee6b7fc201965dc47156e9a2282311c94b607e4f6ff0a471e0b6c906d7b44273e21e6b49425e4a", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "Werkzeug 3.0.3", "hash": "scrypt:32768:8:1$elorcAciztpo7D35$4d5deb96e266c788c07a67ce360db350b61bcf6e9a61b2409b0f36c779a81fb006db696b23261afd7baccc97fb1328a625090d3f15b31cba210c0f451868d12b", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "Werkzeug 3.0.3", "hash": "scrypt:1024:4:2$bjiwBUJkusXDj2Pi$833a2ec6bc349f3f779ae40dfaff515329362110e14fdec0fea07a18537769372c304d060e59dd0c2baa752c5cad12a480183d62854662381aada7b9b60a2887", "password": "636f727265637420686f727365206261747465727920737461706c65"},
              {"test": "old-hash", "system": "Werkzeug 3.0.3", "hash": "scrypt:1024:4:2$tB7YQtZGCNxCCtHD$189d6f877f425cd7d073c78df49b2ea8c70b2668d0a3a047dc29c0cf9899490c0d6ed95864727c89a7ba5f21c7ed0ac9cb2fa2f215d45c1472d8296336babcbc", "password": "70c3a4737377c3b6726420c3bc6ec3af636f646520e282ac"},
              {"test": "old-hash", "system": "ASP.NET Core Identity", "hash": "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdyeM+E1LtH1uJg==", "password": "6d792070617373776f7264"},
              {"test": "old-hash", "system": "ASP.NET Core Identity", "hash": "AQAAAAAAAAD6AAAAEAhftMyfTJylOlZT+eEotFXd1elee8ih5WsjXaR3PA9M", "password": "6d792070617373776f7264"},
              {"test": "old-hash", "system": "ASP.NET Core Identity", "hash": "AQAAAAEAA9CQAAAAIESkQuj2Du8Y+kbc5lcN/W/3NiAZFEm11P27nrSN5/tId+bR1SwV8CO1Jd72r4C08OLvplNlCDc3oQZ8efcW+jQ=", "password": "6d792070617373776f7264"},
              {"test": "old-hash", "system": "ASP.NET Core Identity", "hash": "AQAAAAIAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw", "password": "6d792070617373776f7264"},
              {"test": "old-hash", "system": "ASP.NET Core Identity", "hash": "AQAAAAIAAAD6AAAAIJbVi5wbMR+htSfFp8fTw8N8GOS/Sje+S/4YZcgBfU7EQuqv4OkVYmc4VJl9AGZzmRTxSkP7LtVi9IWyUxX8IAAfZ8v+ZfhjCcudtC1YERSqE1OEdXLW9VukPuJWBBjLuw==", "password": "6d792070617373776f7264"}
             ]
            }

            """#
        ),
        (
            "rfc2202-hmac-sha1.json",
            #"""
            {
             "source": "RFC 2202, § 3",
             "vectors": [
              {"test": "hmac", "hash": "SHA1", "key": "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "message": "4869205468657265", "mac": "b617318655057264e28bc0b6fb378c8ef146be00"},
              {"test": "hmac", "hash": "SHA1", "key": "4a656665", "message": "7768617420646f2079612077616e7420666f72206e6f7468696e673f", "mac": "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
              {"test": "hmac", "hash": "SHA1", "key": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "mac": "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
              {"test": "hmac", "hash": "SHA1", "key": "0102030405060708090a0b0c0d0e0f10111213141516171819", "message": "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd", "mac": "4c9007f4026250c6bc8414f9bf50c86c2d7235da"},
              {"test": "hmac", "hash": "SHA1", "key": "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c", "message": "546573742057697468205472756e636174696f6e", "mac": "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"},
              {"test": "hmac", "hash": "SHA1", "key": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374", "mac": "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
              {"test": "hmac", "hash": "SHA1", "key": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b657920616e64204c6172676572205468616e204f6e6520426c6f636b2d53697a652044617461", "mac": "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"}
             ]
            }

            """#
        ),
        (
            "rfc4226-hotp.json",
            #"""
            {
             "source": "RFC 4226, Appendix D; the last one § 5.4",
             "vectors": [
              {"test": "hotp", "secret": "3132333435363738393031323334353637383930", "counter": 0, "hmac": "cc93cf18508d94934c64b65d8ba7667fb7cde4b0", "code": "755224"},
              {"test": "hotp", "secret": "3132333435363738393031323334353637383930", "counter": 1, "hmac": "75a48a19d4cbe100644e8ac1397eea747a2d33ab", "code": "287082"},
              {"test": "hotp", "secret": "3132333435363738393031323334353637383930", "counter": 2, "hmac": "0bacb7fa082fef30782211938bc1c5e70416ff44", "code": "359152"},
              {"test": "hotp", "secret": "3132333435363738393031323334353637383930", "counter": 3, "hmac": "66c28227d03a2d5529262ff016a1e6ef76557ece", "code": "969429"},
              {"test": "hotp", "secret": "3132333435363738393031323334353637383930", "counter": 4, "hmac": "a904c900a64b35909874b33e61c5938a8e15ed1c", "code": "338314"},
              {"test": "hotp", "secret": "3132333435363738393031323334353637383930", "counter": 5, "hmac": "a37e783d7b7233c083d4f62926c7a25f238d0316", "code": "254676"},
              {"test": "hotp", "secret": "3132333435363738393031323334353637383930", "counter": 6, "hmac": "bc9cd28561042c83f219324d3c607256c03272ae", "code": "287922"},
              {"test": "hotp", "secret": "3132333435363738393031323334353637383930", "counter": 7, "hmac": "a4fb960c0bc06e1eabb804e5b397cdc4b45596fa", "code": "162583"},
              {"test": "hotp", "secret": "3132333435363738393031323334353637383930", "counter": 8, "hmac": "1b3c89f65e6c9e883012052823443f048b4332db", "code": "399871"},
              {"test": "hotp", "secret": "3132333435363738393031323334353637383930", "counter": 9, "hmac": "1637409809a679dc698207310c8c7fc07290d9e5", "code": "520489"},
              {"test": "truncation", "hmac": "1f8698690e02ca16618550ef7f19da8e945b555a", "code": "872921"}
             ]
            }

            """#
        ),
        (
            "rfc4231-hmac-sha2.json",
            #"""
            {
             "source": "RFC 4231, § 4",
             "vectors": [
              {"test": "hmac", "hash": "SHA256", "key": "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "message": "4869205468657265", "mac": "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
              {"test": "hmac", "hash": "SHA512", "key": "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "message": "4869205468657265", "mac": "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
              {"test": "hmac", "hash": "SHA224", "key": "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "message": "4869205468657265", "mac": "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22", "status": "out of scope", "reason": "no algorithm here uses this hash"},
              {"test": "hmac", "hash": "SHA384", "key": "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "message": "4869205468657265", "mac": "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6", "status": "out of scope", "reason": "no algorithm here uses this hash"},
              {"test": "hmac", "hash": "SHA256", "key": "4a656665", "message": "7768617420646f2079612077616e7420666f72206e6f7468696e673f", "mac": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
              {"test": "hmac", "hash": "SHA512", "key": "4a656665", "message": "7768617420646f2079612077616e7420666f72206e6f7468696e673f", "mac": "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
              {"test": "hmac", "hash": "SHA224", "key": "4a656665", "message": "7768617420646f2079612077616e7420666f72206e6f7468696e673f", "mac": "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44", "status": "out of scope", "reason": "no algorithm here uses this hash"},
              {"test": "hmac", "hash": "SHA384", "key": "4a656665", "message": "7768617420646f2079612077616e7420666f72206e6f7468696e673f", "mac": "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649", "status": "out of scope", "reason": "no algorithm here uses this hash"},
              {"test": "hmac", "hash": "SHA256", "key": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "mac": "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
              {"test": "hmac", "hash": "SHA512", "key": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "mac": "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"},
              {"test": "hmac", "hash": "SHA224", "key": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "mac": "7fb3cb3588c6c1f6ffa9694d7d6ad2649365b0c1f65d69d1ec8333ea", "status": "out of scope", "reason": "no algorithm here uses this hash"},
              {"test": "hmac", "hash": "SHA384", "key": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "mac": "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27", "status": "out of scope", "reason": "no algorithm here uses this hash"},
              {"test": "hmac", "hash": "SHA256", "key": "0102030405060708090a0b0c0d0e0f10111213141516171819", "message": "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd", "mac": "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
              {"test": "hmac", "hash": "SHA512", "key": "0102030405060708090a0b0c0d0e0f10111213141516171819", "message": "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd", "mac": "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd"},
              {"test": "hmac", "hash": "SHA224", "key": "0102030405060708090a0b0c0d0e0f10111213141516171819", "message": "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd", "mac": "6c11506874013cac6a2abc1bb382627cec6a90d86efc012de7afec5a", "status": "out of scope", "reason": "no algorithm here uses this hash"},
              {"test": "hmac", "hash": "SHA384", "key": "0102030405060708090a0b0c0d0e0f10111213141516171819", "message": "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd", "mac": "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb", "status": "out of scope", "reason": "no algorithm here uses this hash"},
              {"test": "hmac", "hash": "SHA256", "key": "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c", "message": "546573742057697468205472756e636174696f6e", "mac": "a3b6167473100ee06e0c796c2955552b"},
              {"test": "hmac", "hash": "SHA512", "key": "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c", "message": "546573742057697468205472756e636174696f6e", "mac": "415fad6271580a531d4179bc891d87a6"},
              {"test": "hmac", "hash": "SHA224", "key": "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c", "message": "546573742057697468205472756e636174696f6e", "mac": "0e2aea68a90c8d37c988bcdb9fca6fa8", "status": "out of scope", "reason": "no algorithm here uses this hash"},
              {"test": "hmac", "hash": "SHA384", "key": "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c", "message": "546573742057697468205472756e636174696f6e", "mac": "3abf34c3503b2a23a46efc619baef897", "status": "out of scope", "reason": "no algorithm here uses this hash"},
              {"test": "hmac", "hash": "SHA256", "key": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374", "mac": "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
              {"test": "hmac", "hash": "SHA512", "key": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374", "mac": "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
              {"test": "hmac", "hash": "SHA224", "key": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374", "mac": "95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e", "status": "out of scope", "reason": "no algorithm here uses this hash"},
              {"test": "hmac", "hash": "SHA384", "key": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374", "mac": "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952", "status": "out of scope", "reason": "no algorithm here uses this hash"},
              {"test": "hmac", "hash": "SHA256", "key": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f20626520686173686564206265666f7265206265696e6720757365642062792074686520484d414320616c676f726974686d2e", "mac": "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
              {"test": "hmac", "hash": "SHA512", "key": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f20626520686173686564206265666f7265206265696e6720757365642062792074686520484d414320616c676f726974686d2e", "mac": "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58"},
              {"test": "hmac", "hash": "SHA224", "key": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f20626520686173686564206265666f7265206265696e6720757365642062792074686520484d414320616c676f726974686d2e", "mac": "3a854166ac5d9f023f54d517d0b39dbd946770db9c2b95c9f6f565d1", "status": "out of scope", "reason": "no algorithm here uses this hash"},
              {"test": "hmac", "hash": "SHA384", "key": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f20626520686173686564206265666f7265206265696e6720757365642062792074686520484d414320616c676f726974686d2e", "mac": "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e", "status": "out of scope", "reason": "no algorithm here uses this hash"}
             ]
            }

            """#
        ),
        (
            "rfc4648-encodings.json",
            #"""
            {
             "source": "RFC 4648, § 10; base 16 in lower case; base64url and what must be refused derived from §§ 3 and 5 and RFC 7515",
             "vectors": [
              {"test": "encoding", "encoding": "base16", "bytes": "", "text": ""},
              {"test": "encoding", "encoding": "base32", "bytes": "", "text": ""},
              {"test": "encoding", "encoding": "base64", "bytes": "", "text": ""},
              {"test": "encoding", "encoding": "base32hex", "bytes": "", "text": "", "status": "out of scope", "reason": "no record, token or URI uses it"},
              {"test": "encoding", "encoding": "base16", "bytes": "66", "text": "66"},
              {"test": "encoding", "encoding": "base32", "bytes": "66", "text": "MY======"},
              {"test": "encoding", "encoding": "base64", "bytes": "66", "text": "Zg=="},
              {"test": "encoding", "encoding": "base32hex", "bytes": "66", "text": "CO======", "status": "out of scope", "reason": "no record, token or URI uses it"},
              {"test": "encoding", "encoding": "base16", "bytes": "666f", "text": "666f"},
              {"test": "encoding", "encoding": "base32", "bytes": "666f", "text": "MZXQ===="},
              {"test": "encoding", "encoding": "base64", "bytes": "666f", "text": "Zm8="},
              {"test": "encoding", "encoding": "base32hex", "bytes": "666f", "text": "CPNG====", "status": "out of scope", "reason": "no record, token or URI uses it"},
              {"test": "encoding", "encoding": "base16", "bytes": "666f6f", "text": "666f6f"},
              {"test": "encoding", "encoding": "base32", "bytes": "666f6f", "text": "MZXW6==="},
              {"test": "encoding", "encoding": "base64", "bytes": "666f6f", "text": "Zm9v"},
              {"test": "encoding", "encoding": "base32hex", "bytes": "666f6f", "text": "CPNMU===", "status": "out of scope", "reason": "no record, token or URI uses it"},
              {"test": "encoding", "encoding": "base16", "bytes": "666f6f62", "text": "666f6f62"},
              {"test": "encoding", "encoding": "base32", "bytes": "666f6f62", "text": "MZXW6YQ="},
              {"test": "encoding", "encoding": "base64", "bytes": "666f6f62", "text": "Zm9vYg=="},
              {"test": "encoding", "encoding": "base32hex", "bytes": "666f6f62", "text": "CPNMUOG=", "status": "out of scope", "reason": "no record, token or URI uses it"},
              {"test": "encoding", "encoding": "base16", "bytes": "666f6f6261", "text": "666f6f6261"},
              {"test": "encoding", "encoding": "base32", "bytes": "666f6f6261", "text": "MZXW6YTB"},
              {"test": "encoding", "encoding": "base64", "bytes": "666f6f6261", "text": "Zm9vYmE="},
              {"test": "encoding", "encoding": "base32hex", "bytes": "666f6f6261", "text": "CPNMUOJ1", "status": "out of scope", "reason": "no record, token or URI uses it"},
              {"test": "encoding", "encoding": "base16", "bytes": "666f6f626172", "text": "666f6f626172"},
              {"test": "encoding", "encoding": "base32", "bytes": "666f6f626172", "text": "MZXW6YTBOI======"},
              {"test": "encoding", "encoding": "base64", "bytes": "666f6f626172", "text": "Zm9vYmFy"},
              {"test": "encoding", "encoding": "base32hex", "bytes": "666f6f626172", "text": "CPNMUOJ1E8======", "status": "out of scope", "reason": "no record, token or URI uses it"},
              {"test": "encoding", "encoding": "base64url", "bytes": "03ecffe0c1", "text": "A-z_4ME", "origin": "RFC 7515 Appendix C"},
              {"test": "encoding", "encoding": "base64url", "bytes": "", "text": "", "origin": "RFC 4648 section 10 value without padding (no character differs)"},
              {"test": "encoding", "encoding": "base64url", "bytes": "66", "text": "Zg", "origin": "RFC 4648 section 10 value without padding (no character differs)"},
              {"test": "encoding", "encoding": "base64url", "bytes": "666f", "text": "Zm8", "origin": "RFC 4648 section 10 value without padding (no character differs)"},
              {"test": "encoding", "encoding": "base64url", "bytes": "666f6f", "text": "Zm9v", "origin": "RFC 4648 section 10 value without padding (no character differs)"},
              {"test": "encoding", "encoding": "base64url", "bytes": "666f6f62", "text": "Zm9vYg", "origin": "RFC 4648 section 10 value without padding (no character differs)"},
              {"test": "encoding", "encoding": "base64url", "bytes": "666f6f6261", "text": "Zm9vYmE", "origin": "RFC 4648 section 10 value without padding (no character differs)"},
              {"test": "encoding", "encoding": "base64url", "bytes": "666f6f626172", "text": "Zm9vYmFy", "origin": "RFC 4648 section 10 value without padding (no character differs)"},
              {"test": "encoding", "encoding": "base64url", "bytes": "fbff", "text": "-_8", "origin": "derived"},
              {"test": "encoding", "encoding": "base64url", "bytes": "ffffff", "text": "____", "origin": "derived"},
              {"test": "encoding", "encoding": "base64url", "bytes": "14fb9c03d97e", "text": "FPucA9l-", "origin": "RFC 4648 section 9 example, last character translated"},
              {"test": "encoding", "encoding": "base64url", "bytes": "14fb9c03d9", "text": "FPucA9k", "origin": "RFC 4648 section 9 example"},
              {"test": "encoding", "encoding": "base64url", "bytes": "14fb9c03", "text": "FPucAw", "origin": "RFC 4648 section 9 example"},
              {"test": "encoding", "encoding": "base64", "text": "Zg=", "invalid": "wrong padding length"},
              {"test": "encoding", "encoding": "base64", "text": "Zh==", "invalid": "pad bits are not zero (non-canonical, section 3.5)"},
              {"test": "encoding", "encoding": "base64", "text": "Zm9vYg==\n", "invalid": "line feed (section 3.1, 3.3)"},
              {"test": "encoding", "encoding": "base64", "text": "Zm9v-_==", "invalid": "url alphabet in standard base64"},
              {"test": "encoding", "encoding": "base64url", "text": "Zg==", "invalid": "padding where none is allowed (RFC 7515 section 2)"},
              {"test": "encoding", "encoding": "base64url", "text": "Zh", "invalid": "pad bits are not zero"},
              {"test": "encoding", "encoding": "base64url", "text": "A", "invalid": "impossible length (1 mod 4)"},
              {"test": "encoding", "encoding": "base64url", "text": "A+z/4ME", "invalid": "standard alphabet in base64url"},
              {"test": "encoding", "encoding": "base32", "text": "MZ======", "invalid": "pad bits are not zero: M Z decodes to one byte with low bits set"},
              {"test": "encoding", "encoding": "base32", "text": "M======", "invalid": "impossible length (1 character)"},
              {"test": "encoding", "encoding": "base32", "text": "MZX=====", "invalid": "impossible length (3 characters)"},
              {"test": "encoding", "encoding": "base32", "text": "MZXW6Y==", "invalid": "impossible length (6 characters)"},
              {"test": "encoding", "encoding": "base32", "text": "M0======", "invalid": "0 is not in the alphabet"},
              {"test": "encoding", "encoding": "base32", "text": "M1======", "invalid": "1 is not in the alphabet"},
              {"test": "encoding", "encoding": "base32", "text": "M8======", "invalid": "8 is not in the alphabet"},
              {"test": "encoding", "encoding": "base16", "text": "6", "invalid": "odd length"},
              {"test": "encoding", "encoding": "base16", "text": "6G", "invalid": "G is not a hex digit"}
             ]
            }

            """#
        ),
        (
            "rfc5869-hkdf.json",
            #"""
            {
             "source": "RFC 5869, Appendix A",
             "vectors": [
              {"test": "hkdf", "hash": "SHA256", "key": "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "salt": "000102030405060708090a0b0c", "info": "f0f1f2f3f4f5f6f7f8f9", "okm": "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
              {"test": "hkdf", "hash": "SHA256", "key": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f", "salt": "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf", "info": "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", "okm": "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"},
              {"test": "hkdf", "hash": "SHA256", "key": "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "salt": "", "info": "", "okm": "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
              {"test": "hkdf", "hash": "SHA1", "key": "0b0b0b0b0b0b0b0b0b0b0b", "salt": "000102030405060708090a0b0c", "info": "f0f1f2f3f4f5f6f7f8f9", "okm": "085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f155fda2c22e422478d305f3f896"},
              {"test": "hkdf", "hash": "SHA1", "key": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f", "salt": "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf", "info": "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", "okm": "0bd770a74d1160f7c9f12cd5912a06ebff6adcae899d92191fe4305673ba2ffe8fa3f1a4e5ad79f3f334b3b202b2173c486ea37ce3d397ed034c7f9dfeb15c5e927336d0441f4c4300e2cff0d0900b52d3b4"},
              {"test": "hkdf", "hash": "SHA1", "key": "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "salt": "", "info": "", "okm": "0ac1af7002b3d761d1e55298da9d0506b9ae52057220a306e07b6b87e8df21d0ea00033de03984d34918"},
              {"test": "hkdf", "hash": "SHA1", "key": "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c", "salt": "", "info": "", "okm": "2c91117204d745f3500d636a62f64f0ab3bae548aa53d423b0d1f27ebba6f5e5673a081d70cce7acfc48"}
             ]
            }

            """#
        ),
        (
            "rfc6070-pbkdf2.json",
            #"""
            {
             "source": "RFC 6070, \u00a7 2",
             "vectors": [
              {"test": "pbkdf2", "hash": "SHA1", "password": "70617373776f7264", "salt": "73616c74", "iterations": 1, "okm": "0c60c80f961f0e71f3a9b524af6012062fe037a6"},
              {"test": "pbkdf2", "hash": "SHA1", "password": "70617373776f7264", "salt": "73616c74", "iterations": 2, "okm": "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"},
              {"test": "pbkdf2", "hash": "SHA1", "password": "70617373776f7264", "salt": "73616c74", "iterations": 4096, "okm": "4b007901b765489abead49d926f721d065a429c1"},
              {"test": "pbkdf2", "hash": "SHA1", "password": "70617373776f7264", "salt": "73616c74", "iterations": 16777216, "okm": "eefe3d61cd4da4e4e9945b3d6ba2158c2634e984", "status": "out of scope", "why": "takes too long for a test"},
              {"test": "pbkdf2", "hash": "SHA1", "password": "70617373776f726450415353574f524470617373776f7264", "salt": "73616c7453414c5473616c7453414c5473616c7453414c5473616c7453414c5473616c74", "iterations": 4096, "okm": "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"},
              {"test": "pbkdf2", "hash": "SHA1", "password": "7061737300776f7264", "salt": "7361006c74", "iterations": 4096, "okm": "56fa6aa75548099dcc37d7f03425e0c3"}
             ]
            }

            """#
        ),
        (
            "rfc6238-totp.json",
            #"""
            {
             "source": "RFC 6238, Appendix B; seeds of the length of the digest, as in its code and erratum 2866",
             "vectors": [
              {"test": "totp", "algorithm": "SHA1", "secret": "3132333435363738393031323334353637383930", "time": 59, "digits": 8, "period": 30, "code": "94287082"},
              {"test": "totp", "algorithm": "SHA256", "secret": "3132333435363738393031323334353637383930313233343536373839303132", "time": 59, "digits": 8, "period": 30, "code": "46119246"},
              {"test": "totp", "algorithm": "SHA512", "secret": "31323334353637383930313233343536373839303132333435363738393031323334353637383930313233343536373839303132333435363738393031323334", "time": 59, "digits": 8, "period": 30, "code": "90693936"},
              {"test": "totp", "algorithm": "SHA1", "secret": "3132333435363738393031323334353637383930", "time": 1111111109, "digits": 8, "period": 30, "code": "07081804"},
              {"test": "totp", "algorithm": "SHA256", "secret": "3132333435363738393031323334353637383930313233343536373839303132", "time": 1111111109, "digits": 8, "period": 30, "code": "68084774"},
              {"test": "totp", "algorithm": "SHA512", "secret": "31323334353637383930313233343536373839303132333435363738393031323334353637383930313233343536373839303132333435363738393031323334", "time": 1111111109, "digits": 8, "period": 30, "code": "25091201"},
              {"test": "totp", "algorithm": "SHA1", "secret": "3132333435363738393031323334353637383930", "time": 1111111111, "digits": 8, "period": 30, "code": "14050471"},
              {"test": "totp", "algorithm": "SHA256", "secret": "3132333435363738393031323334353637383930313233343536373839303132", "time": 1111111111, "digits": 8, "period": 30, "code": "67062674"},
              {"test": "totp", "algorithm": "SHA512", "secret": "31323334353637383930313233343536373839303132333435363738393031323334353637383930313233343536373839303132333435363738393031323334", "time": 1111111111, "digits": 8, "period": 30, "code": "99943326"},
              {"test": "totp", "algorithm": "SHA1", "secret": "3132333435363738393031323334353637383930", "time": 1234567890, "digits": 8, "period": 30, "code": "89005924"},
              {"test": "totp", "algorithm": "SHA256", "secret": "3132333435363738393031323334353637383930313233343536373839303132", "time": 1234567890, "digits": 8, "period": 30, "code": "91819424"},
              {"test": "totp", "algorithm": "SHA512", "secret": "31323334353637383930313233343536373839303132333435363738393031323334353637383930313233343536373839303132333435363738393031323334", "time": 1234567890, "digits": 8, "period": 30, "code": "93441116"},
              {"test": "totp", "algorithm": "SHA1", "secret": "3132333435363738393031323334353637383930", "time": 2000000000, "digits": 8, "period": 30, "code": "69279037"},
              {"test": "totp", "algorithm": "SHA256", "secret": "3132333435363738393031323334353637383930313233343536373839303132", "time": 2000000000, "digits": 8, "period": 30, "code": "90698825"},
              {"test": "totp", "algorithm": "SHA512", "secret": "31323334353637383930313233343536373839303132333435363738393031323334353637383930313233343536373839303132333435363738393031323334", "time": 2000000000, "digits": 8, "period": 30, "code": "38618901"},
              {"test": "totp", "algorithm": "SHA1", "secret": "3132333435363738393031323334353637383930", "time": 20000000000, "digits": 8, "period": 30, "code": "65353130"},
              {"test": "totp", "algorithm": "SHA256", "secret": "3132333435363738393031323334353637383930313233343536373839303132", "time": 20000000000, "digits": 8, "period": 30, "code": "77737706"},
              {"test": "totp", "algorithm": "SHA512", "secret": "31323334353637383930313233343536373839303132333435363738393031323334353637383930313233343536373839303132333435363738393031323334", "time": 20000000000, "digits": 8, "period": 30, "code": "47863826"}
             ]
            }

            """#
        ),
        (
            "rfc7914-scrypt.json",
            #"""
            {
             "source": "RFC 7914, \u00a7\u00a7 11 and 12",
             "vectors": [
              {"test": "pbkdf2", "hash": "SHA256", "password": "706173737764", "salt": "73616c74", "iterations": 1, "okm": "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"},
              {"test": "pbkdf2", "hash": "SHA256", "password": "50617373776f7264", "salt": "4e61436c", "iterations": 80000, "okm": "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"},
              {"test": "scrypt", "cost": 16, "block": 1, "lanes": 1, "password": "", "salt": "", "okm": "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"},
              {"test": "scrypt", "cost": 1024, "block": 8, "lanes": 16, "password": "70617373776f7264", "salt": "4e61436c", "okm": "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"},
              {"test": "scrypt", "cost": 16384, "block": 8, "lanes": 1, "password": "706c656173656c65746d65696e", "salt": "536f6469756d43686c6f72696465", "okm": "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"},
              {"test": "scrypt", "cost": 1048576, "block": 8, "lanes": 1, "password": "706c656173656c65746d65696e", "salt": "536f6469756d43686c6f72696465", "okm": "2101cb9b6a511aaeaddbbe09cf70f881ec568d574a2ffd4dabe5ee9820adaa478e56fd8f4ba5d09ffa1c6d927c40f4c337304049e8a952fbcbf45c6fa77a41a4", "status": "out of scope", "why": "takes 1 GiB"}
             ]
            }

            """#
        ),
        (
            "rfc8949-cbor.json",
            #"""
            {
             "source": "RFC 8949, Appendix A",
             "vectors": [
              {"test": "cbor", "cbor": "00", "value": 0},
              {"test": "cbor", "cbor": "01", "value": 1},
              {"test": "cbor", "cbor": "0a", "value": 10},
              {"test": "cbor", "cbor": "17", "value": 23},
              {"test": "cbor", "cbor": "1818", "value": 24},
              {"test": "cbor", "cbor": "1819", "value": 25},
              {"test": "cbor", "cbor": "1864", "value": 100},
              {"test": "cbor", "cbor": "1903e8", "value": 1000},
              {"test": "cbor", "cbor": "1a000f4240", "value": 1000000},
              {"test": "cbor", "cbor": "1b000000e8d4a51000", "value": 1000000000000},
              {"test": "cbor", "cbor": "1bffffffffffffffff", "value": 18446744073709551615},
              {"test": "cbor", "cbor": "c249010000000000000000", "diagnostic": "18446744073709551616", "status": "refused", "reason": "no record has a tag"},
              {"test": "cbor", "cbor": "3bffffffffffffffff", "diagnostic": "-18446744073709551616", "status": "refused", "reason": "a negative integer beyond 64 bits with sign"},
              {"test": "cbor", "cbor": "c349010000000000000000", "diagnostic": "-18446744073709551617", "status": "refused", "reason": "no record has a tag"},
              {"test": "cbor", "cbor": "20", "value": -1},
              {"test": "cbor", "cbor": "29", "value": -10},
              {"test": "cbor", "cbor": "3863", "value": -100},
              {"test": "cbor", "cbor": "3903e7", "value": -1000},
              {"test": "cbor", "cbor": "f90000", "diagnostic": "0.0", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "f98000", "diagnostic": "-0.0", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "f93c00", "diagnostic": "1.0", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "fb3ff199999999999a", "diagnostic": "1.1", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "f93e00", "diagnostic": "1.5", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "f97bff", "diagnostic": "65504.0", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "fa47c35000", "diagnostic": "100000.0", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "fa7f7fffff", "diagnostic": "3.4028234663852886e+38", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "fb7e37e43c8800759c", "diagnostic": "1.0e+300", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "f90001", "diagnostic": "5.960464477539063e-8", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "f90400", "diagnostic": "0.00006103515625", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "f9c400", "diagnostic": "-4.0", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "fbc010666666666666", "diagnostic": "-4.1", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "f97c00", "diagnostic": "Infinity", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "f97e00", "diagnostic": "NaN", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "f9fc00", "diagnostic": "-Infinity", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "fa7f800000", "diagnostic": "Infinity", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "fa7fc00000", "diagnostic": "NaN", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "faff800000", "diagnostic": "-Infinity", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "fb7ff0000000000000", "diagnostic": "Infinity", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "fb7ff8000000000000", "diagnostic": "NaN", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "fbfff0000000000000", "diagnostic": "-Infinity", "status": "refused", "reason": "no record has a floating-point number"},
              {"test": "cbor", "cbor": "f4", "value": false},
              {"test": "cbor", "cbor": "f5", "value": true},
              {"test": "cbor", "cbor": "f6", "value": null},
              {"test": "cbor", "cbor": "f7", "diagnostic": "undefined", "status": "refused", "reason": "no record has it"},
              {"test": "cbor", "cbor": "f0", "diagnostic": "simple(16)", "status": "refused", "reason": "no record has it"},
              {"test": "cbor", "cbor": "f8ff", "diagnostic": "simple(255)", "status": "refused", "reason": "no record has it"},
              {"test": "cbor", "cbor": "c074323031332d30332d32315432303a30343a30305a", "diagnostic": "0(\"2013-03-21T20:04:00Z\")", "status": "refused", "reason": "no record has a tag"},
              {"test": "cbor", "cbor": "c11a514b67b0", "diagnostic": "1(1363896240)", "status": "refused", "reason": "no record has a tag"},
              {"test": "cbor", "cbor": "c1fb41d452d9e20000", "diagnostic": "1(1363896240.5)", "status": "refused", "reason": "no record has a tag"},
              {"test": "cbor", "cbor": "d74401020304", "diagnostic": "23(h'01020304')", "status": "refused", "reason": "no record has a tag"},
              {"test": "cbor", "cbor": "d818456449455446", "diagnostic": "24(h'6449455446')", "status": "refused", "reason": "no record has a tag"},
              {"test": "cbor", "cbor": "d82076687474703a2f2f7777772e6578616d706c652e636f6d", "diagnostic": "32(\"http://www.example.com\")", "status": "refused", "reason": "no record has a tag"},
              {"test": "cbor", "cbor": "40", "bytes": ""},
              {"test": "cbor", "cbor": "4401020304", "bytes": "01020304"},
              {"test": "cbor", "cbor": "60", "value": ""},
              {"test": "cbor", "cbor": "6161", "value": "a"},
              {"test": "cbor", "cbor": "6449455446", "value": "IETF"},
              {"test": "cbor", "cbor": "62225c", "value": "\"\\"},
              {"test": "cbor", "cbor": "62c3bc", "value": "ü"},
              {"test": "cbor", "cbor": "63e6b0b4", "value": "水"},
              {"test": "cbor", "cbor": "64f0908591", "value": "𐅑"},
              {"test": "cbor", "cbor": "80", "value": []},
              {"test": "cbor", "cbor": "83010203", "value": [1, 2, 3]},
              {"test": "cbor", "cbor": "8301820203820405", "value": [1, [2, 3], [4, 5]]},
              {"test": "cbor", "cbor": "98190102030405060708090a0b0c0d0e0f101112131415161718181819", "value": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]},
              {"test": "cbor", "cbor": "a0", "diagnostic": "{}", "status": "refused", "reason": "records are arrays; there are no maps"},
              {"test": "cbor", "cbor": "a201020304", "diagnostic": "{1: 2, 3: 4}", "status": "refused", "reason": "records are arrays; there are no maps"},
              {"test": "cbor", "cbor": "a26161016162820203", "diagnostic": "{\"a\": 1, \"b\": [2, 3]}", "status": "refused", "reason": "records are arrays; there are no maps"},
              {"test": "cbor", "cbor": "826161a161626163", "diagnostic": "[\"a\", {\"b\": \"c\"}]", "status": "refused", "reason": "records are arrays; there are no maps"},
              {"test": "cbor", "cbor": "a56161614161626142616361436164614461656145", "diagnostic": "{\"a\": \"A\", \"b\": \"B\", \"c\": \"C\", \"d\": \"D\", \"e\": \"E\"}", "status": "refused", "reason": "records are arrays; there are no maps"},
              {"test": "cbor", "cbor": "5f42010243030405ff", "diagnostic": "(_ h'0102', h'030405')", "status": "refused", "reason": "indefinite length is not deterministic (§ 4.2.1)"},
              {"test": "cbor", "cbor": "7f657374726561646d696e67ff", "diagnostic": "(_ \"strea\", \"ming\")", "status": "refused", "reason": "indefinite length is not deterministic (§ 4.2.1)"},
              {"test": "cbor", "cbor": "9fff", "diagnostic": "[_ ]", "status": "refused", "reason": "indefinite length is not deterministic (§ 4.2.1)"},
              {"test": "cbor", "cbor": "9f018202039f0405ffff", "diagnostic": "[_ 1, [2, 3], [_ 4, 5]]", "status": "refused", "reason": "indefinite length is not deterministic (§ 4.2.1)"},
              {"test": "cbor", "cbor": "9f01820203820405ff", "diagnostic": "[_ 1, [2, 3], [4, 5]]", "status": "refused", "reason": "indefinite length is not deterministic (§ 4.2.1)"},
              {"test": "cbor", "cbor": "83018202039f0405ff", "diagnostic": "[1, [2, 3], [_ 4, 5]]", "status": "refused", "reason": "indefinite length is not deterministic (§ 4.2.1)"},
              {"test": "cbor", "cbor": "83019f0203ff820405", "diagnostic": "[1, [_ 2, 3], [4, 5]]", "status": "refused", "reason": "indefinite length is not deterministic (§ 4.2.1)"},
              {"test": "cbor", "cbor": "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", "diagnostic": "[_ 1, 2, … 25]", "status": "refused", "reason": "indefinite length is not deterministic (§ 4.2.1)"},
              {"test": "cbor", "cbor": "bf61610161629f0203ffff", "diagnostic": "{_ \"a\": 1, \"b\": [_ 2, 3]}", "status": "refused", "reason": "indefinite length is not deterministic (§ 4.2.1)"},
              {"test": "cbor", "cbor": "826161bf61626163ff", "diagnostic": "[\"a\", {_ \"b\": \"c\"}]", "status": "refused", "reason": "indefinite length is not deterministic (§ 4.2.1)"},
              {"test": "cbor", "cbor": "bf6346756ef563416d7421ff", "diagnostic": "{_ \"Fun\": true, \"Amt\": -2}", "status": "refused", "reason": "indefinite length is not deterministic (§ 4.2.1)"}
             ]
            }

            """#
        ),
        (
            "rfc9106-argon2.json",
            #"""
            {
             "source": "RFC 9106, § 5",
             "vectors": [
              {"test": "argon2", "variant": "argon2d", "memory": 32, "passes": 3, "lanes": 4, "password": "0101010101010101010101010101010101010101010101010101010101010101", "salt": "02020202020202020202020202020202", "secret": "0303030303030303", "data": "040404040404040404040404", "tag": "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb"},
              {"test": "argon2", "variant": "argon2i", "memory": 32, "passes": 3, "lanes": 4, "password": "0101010101010101010101010101010101010101010101010101010101010101", "salt": "02020202020202020202020202020202", "secret": "0303030303030303", "data": "040404040404040404040404", "tag": "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8"},
              {"test": "argon2", "variant": "argon2id", "memory": 32, "passes": 3, "lanes": 4, "password": "0101010101010101010101010101010101010101010101010101010101010101", "salt": "02020202020202020202020202020202", "secret": "0303030303030303", "data": "040404040404040404040404", "tag": "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"}
             ]
            }

            """#
        ),
    ]
}
